/// Checks that bytes are one well-formed JSON text (RFC 8259, strictly) that Postgres can store.
///
/// Any value is allowed at the top level. Beyond the grammar, the validator refuses values that Postgres or a
/// reader could not store: nesting above a limit, numbers above a decimal exponent, `\u0000` and half
/// surrogate pairs (https://www.postgresql.org/docs/current/datatype-json.html). Names in an object may
/// repeat. Nothing is built or copied; the time is linear in the bytes for every input.
public struct JSONValidator: Sendable {
  /// Maximum for the nesting limit. Between 10,000 and 20,000 levels Postgres's parser exceeds its stack
  /// (SQLSTATE 54001). That is not a data error, so the batch would be retried for ever.
  public static let deepest = 1_024

  private let depth: Int
  private let exponent: Int

  /// Creates a validator.
  ///
  /// - Parameters:
  ///   - depth: Maximum nesting of arrays and objects, 1 to `deepest`.
  ///   - exponent: Maximum magnitude of a number's decimal exponent, at least 1. The exponent is the power of
  ///     ten of the first non-zero digit: it is 2 for `123`, however the number is written.
  public init(depth: Int, exponent: Int) {
    precondition((1...Self.deepest).contains(depth), "JSON depth out of 1...\(Self.deepest)")
    precondition(exponent >= 1, "JSON exponent below 1")
    self.depth = depth
    self.exponent = exponent
  }

  /// Returns the first error in the order of the bytes; nil when `range` of `bytes` is one JSON text.
  ///
  /// The validator may read bytes after `range` in the same load, but ignores them. Therefore checking
  /// consecutive payloads in one span is slightly faster than checking each in a span of its own.
  public func fault(in range: Range<Int>, of bytes: RawSpan) -> DeadReason? {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    do throws(DeadReason) {
      try check(bytes, from: range.lowerBound, before: range.upperBound)
      return nil
    } catch {
      return error
    }
  }

  private func check(_ bytes: RawSpan, from start: Int, before end: Int) throws(DeadReason) {
    var nesting = JSONNesting()
    var stops = StringDelimiters(from: start, in: bytes)
    var at = start
    values: while true {
      if nesting.isInObject {
        guard Self.token(at: &at, in: bytes, before: end) == UInt8(ascii: "\"") else {
          throw Self.unexpected(at: at, in: bytes, before: end)
        }
        at &+= 1
        if try skipMembers(at: &at, in: bytes, before: end, stops: &stops) {
          if try Self.close(&nesting, at: &at, in: bytes, before: end) { continue values }
          return
        }
      }
      switch Self.token(at: &at, in: bytes, before: end) {
      case UInt8(ascii: "\""):
        at = try JSONString.end(from: at &+ 1, in: bytes, before: end, stops: &stops)
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        at = try JSONNumber.end(from: at, in: bytes, before: end, exponentLimit: exponent)
      case UInt8(ascii: "-"):
        at = try JSONNumber.end(from: at &+ 1, in: bytes, before: end, exponentLimit: exponent)
      case UInt8(ascii: "{"):
        try nesting.open(object: true, limit: depth)
        at &+= 1
        if Self.token(at: &at, in: bytes, before: end) != UInt8(ascii: "}") { continue values }
      case UInt8(ascii: "["):
        try nesting.open(object: false, limit: depth)
        at &+= 1
        if Self.token(at: &at, in: bytes, before: end) != UInt8(ascii: "]") { continue values }
      default:
        at = try Self.endOfWord(from: at, in: bytes, before: end)
      }
      guard try Self.close(&nesting, at: &at, in: bytes, before: end) else { return }
    }
  }

  /// Closes the levels that end after a value, until a comma, which is skipped, or until the end of the text.
  /// - Returns: whether there was a comma.
  @inline(__always)
  private static func close(
    _ nesting: inout JSONNesting, at place: inout Int, in bytes: RawSpan, before end: Int
  ) throws(DeadReason) -> Bool {
    while nesting.depth > 0 {
      let token = token(at: &place, in: bytes, before: end)
      if token == UInt8(ascii: ",") {
        place &+= 1
        return true
      }
      guard token == nesting.closer else { throw unexpected(at: place, in: bytes, before: end) }
      nesting.close()
      place &+= 1
    }
    if place < end { place = endOfSpace(from: place, in: bytes, before: end) }
    guard place == end else { throw unexpected(at: place, in: bytes, before: end) }
    return false
  }

  /// Skips members of an object, from the first character of a name on, to a value that is neither a string
  /// nor a number, or past a value without a directly following comma and name.
  ///
  /// Most programs write members in this form, without white space. Each then costs a few comparisons only.
  /// - Returns: whether `place` is after a value instead of before one.
  private func skipMembers(
    at place: inout Int, in bytes: RawSpan, before end: Int, stops: inout StringDelimiters
  ) throws(DeadReason) -> Bool {
    var ahead = stops
    defer { stops = ahead }
    var stop = ahead.next(from: place, in: bytes, before: end)
    while bytes.pair(at: stop, before: end) == 0x3A22 {
      place = stop &+ 2
      let first = bytes.byte(at: place, before: end)
      if first == UInt8(ascii: "\"") {
        _ = ahead.next(in: bytes, before: end)
        stop = ahead.next(in: bytes, before: end)
        guard bytes.byte(at: stop, before: end) == UInt8(ascii: "\"") else {
          place = try JSONString.endBehind(stop, in: bytes, before: end, stops: ahead)
          return true
        }
        place = stop &+ 1
      } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
        place = try JSONNumber.end(from: place, in: bytes, before: end, exponentLimit: exponent)
      } else {
        return false
      }
      guard bytes.pair(at: place, before: end) == 0x222C else { return true }
      _ = ahead.next(in: bytes, before: end)
      stop = ahead.next(in: bytes, before: end)
    }
    if bytes.byte(at: stop, before: end) == UInt8(ascii: "\"") {
      place = stop &+ 1
    } else {
      place = try JSONString.endBehind(stop, in: bytes, before: end, stops: ahead)
    }
    guard Self.token(at: &place, in: bytes, before: end) == UInt8(ascii: ":") else {
      throw Self.unexpected(at: place, in: bytes, before: end)
    }
    place &+= 1
    return false
  }

  /// Returns the offset after `true`, `false` or `null`.
  private static func endOfWord(
    from start: Int, in bytes: RawSpan, before end: Int
  ) throws(DeadReason) -> Int {
    let isFalse = bytes.byte(at: start, before: end) == UInt8(ascii: "f")
    let tail = isFalse ? start + 1 : start
    guard end - tail >= 4 else { throw unexpected(at: start, in: bytes, before: end) }
    let word = bytes.fourBytes(at: tail)
    guard isFalse ? word == 0x6573_6C61 : word == 0x6575_7274 || word == 0x6C6C_756E else {
      throw unexpected(at: start, in: bytes, before: end)
    }
    return tail + 4
  }

  /// Skips white space and returns the byte at `place`; 0 from `end` on.
  @inline(__always)
  private static func token(at place: inout Int, in bytes: RawSpan, before end: Int) -> UInt8 {
    let byte = bytes.byte(at: place, before: end)
    if byte > 0x20 { return byte }
    place = endOfSpace(from: place, in: bytes, before: end)
    return bytes.byte(at: place, before: end)
  }

  /// Returns the first offset from `start` on that has no white space.
  @inline(never)
  private static func endOfSpace(from start: Int, in bytes: RawSpan, before end: Int) -> Int {
    var at = start
    while at < end {
      let byte = bytes.byte(at: at, before: end)
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
      at &+= 1
    }
    return at
  }

  /// Returns the error for a byte that the grammar does not allow at its place.
  private static func unexpected(at place: Int, in bytes: RawSpan, before end: Int) -> DeadReason {
    let isText =
      bytes.byte(at: place, before: end) < 0x80
      || UTF8Sequence.end(from: place, in: bytes, before: end) != nil
    return isText ? .payloadSyntax : .payloadText
  }
}

/// The open arrays and objects, with one bit for each. Needs no recursion and no allocation.
struct JSONNesting {
  /// The innermost 1 to 64 levels, the innermost in the lowest bit; a set bit is an object.
  private var objects: UInt64 = 0
  /// Full words of the levels outside of them, the outermost first. They suffice for `JSONValidator.deepest`.
  private var outer = InlineArray<15, UInt64>(repeating: 0)
  private(set) var depth = 0

  /// Whether the innermost level is an object; false when no level is open.
  @inline(__always)
  var isInObject: Bool { objects & 1 == 1 }

  /// The byte that closes the innermost level.
  @inline(__always)
  var closer: UInt8 { isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

  /// Opens a level.
  ///
  /// - Throws: `payloadDepth` when `limit` levels are open.
  @inline(__always)
  mutating func open(object: Bool, limit: Int) throws(DeadReason) {
    guard depth < limit else { throw .payloadDepth }
    if depth & 63 == 0, depth > 0 {
      outer[depth &>> 6 &- 1] = objects
      objects = 0
    }
    objects = objects &<< 1 | (object ? 1 : 0)
    depth &+= 1
  }

  @inline(__always)
  mutating func close() {
    assert(depth > 0, "no level is open")
    objects = objects &>> 1
    depth &-= 1
    if depth & 63 == 0, depth > 0 { objects = outer[depth &>> 6 &- 1] }
  }
}
