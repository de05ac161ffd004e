/// Whether bytes are one well-formed JSON text (RFC 8259, strictly) that Postgres can store.
///
/// Any value is allowed at the top. Beyond the grammar it refuses what Postgres or a reader could not
/// hold: nesting deeper than a limit, numbers beyond a decimal exponent, `\u0000` and half surrogate
/// pairs (https://www.postgresql.org/docs/current/datatype-json.html). Names of an object may repeat.
/// Nothing is built or copied; the time taken is linear in the bytes whatever they are.
public struct JSONCheck: Sendable {
  /// The deepest nesting that can be asked for. Between 10,000 and 20,000 levels Postgres's parser runs
  /// out of stack (54001), which is no data error: the batch would be tried for ever.
  public static let deepest = 1_024

  private let depth: Int
  private let exponent: Int

  /// A check with these limits.
  ///
  /// - Parameters:
  ///   - depth: Levels of arrays and objects, 1 to `deepest`.
  ///   - exponent: The largest magnitude of a number's decimal exponent, at least 1. It is the place of
  ///     the first digit that counts: `123` has the exponent 2, however it is written.
  public init(depth: Int, exponent: Int) {
    precondition((1...Self.deepest).contains(depth), "JSON depth out of 1...\(Self.deepest)")
    precondition(exponent >= 1, "JSON exponent below 1")
    self.depth = depth
    self.exponent = exponent
  }

  /// The first fault in the order of the bytes, or nil when `range` of `bytes` is one JSON text.
  ///
  /// Bytes after `range` may be looked at, as a part of the same load, but do not count; checking
  /// payloads where they stand, one after the other, is therefore a little faster than one by one.
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
    var stops = StringStops(from: start, in: bytes)
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

  /// Closes what ends behind a value, up to a comma, which it moves over, or the end of the text.
  /// - Returns: Whether there is a comma.
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

  /// Goes over an object's members, from the first character of a name, up to a value that is no
  /// string and no number, or behind one that no comma follows at once.
  ///
  /// Most programs write members like this, without white space: a few comparisons each.
  /// - Returns: Whether `place` is behind a value, instead of in front of one.
  private func skipMembers(
    at place: inout Int, in bytes: RawSpan, before end: Int, stops: inout StringStops
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

  /// The place after `true`, `false` or `null`.
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

  /// The byte at `place`, which moves over white space first; 0 from `end` on.
  @inline(__always)
  private static func token(at place: inout Int, in bytes: RawSpan, before end: Int) -> UInt8 {
    let byte = bytes.byte(at: place, before: end)
    if byte > 0x20 { return byte }
    place = endOfSpace(from: place, in: bytes, before: end)
    return bytes.byte(at: place, before: end)
  }

  /// The first place from `start` on that holds no white space.
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

  /// What is wrong with a byte that the grammar does not allow where it stands.
  private static func unexpected(at place: Int, in bytes: RawSpan, before end: Int) -> DeadReason {
    let isText =
      bytes.byte(at: place, before: end) < 0x80
      || UTF8Sequence.end(from: place, in: bytes, before: end) != nil
    return isText ? .payloadSyntax : .payloadText
  }
}
