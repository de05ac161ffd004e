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
    var at = Self.endOfSpace(from: start, in: bytes, before: end)
    values: while true {
      if nesting.isInObject {
        at = try Self.endOfName(from: at, in: bytes, before: end)
      }
      switch bytes.byte(at: at, before: end) {
      case UInt8(ascii: "\""):
        at = try JSONString.end(from: at + 1, in: bytes, before: end)
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        at = try JSONNumber.end(from: at, in: bytes, before: end, exponentLimit: exponent)
      case UInt8(ascii: "-"):
        at = try JSONNumber.end(from: at + 1, in: bytes, before: end, exponentLimit: exponent)
      case UInt8(ascii: "{"):
        try nesting.open(object: true, limit: depth)
        at = Self.endOfSpace(from: at + 1, in: bytes, before: end)
        if bytes.byte(at: at, before: end) != UInt8(ascii: "}") { continue values }
      case UInt8(ascii: "["):
        try nesting.open(object: false, limit: depth)
        at = Self.endOfSpace(from: at + 1, in: bytes, before: end)
        if bytes.byte(at: at, before: end) != UInt8(ascii: "]") { continue values }
      default:
        at = try Self.endOfWord(from: at, in: bytes, before: end)
      }
      at = Self.endOfSpace(from: at, in: bytes, before: end)
      while nesting.depth > 0 {
        let byte = bytes.byte(at: at, before: end)
        if byte == UInt8(ascii: ",") {
          at = Self.endOfSpace(from: at + 1, in: bytes, before: end)
          continue values
        }
        guard byte == nesting.closer else { throw Self.unexpected(at: at, in: bytes, before: end) }
        nesting.close()
        at = Self.endOfSpace(from: at + 1, in: bytes, before: end)
      }
      guard at == end else { throw Self.unexpected(at: at, in: bytes, before: end) }
      return
    }
  }

  /// The place of a member's value: after its name, which must start at `start`, and the colon.
  @inline(__always)
  private static func endOfName(
    from start: Int, in bytes: RawSpan, before end: Int
  ) throws(DeadReason) -> Int {
    guard bytes.byte(at: start, before: end) == UInt8(ascii: "\"") else {
      throw unexpected(at: start, in: bytes, before: end)
    }
    var at = try JSONString.end(from: start + 1, in: bytes, before: end)
    at = endOfSpace(from: at, in: bytes, before: end)
    guard bytes.byte(at: at, before: end) == UInt8(ascii: ":") else {
      throw unexpected(at: at, in: bytes, before: end)
    }
    return endOfSpace(from: at + 1, in: bytes, before: end)
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

  /// The first place from `start` on that holds no white space.
  @inline(__always)
  private static func endOfSpace(from start: Int, in bytes: RawSpan, before end: Int) -> Int {
    var at = start
    while at < end {
      let byte = bytes.byte(at: at, before: end)
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
      at += 1
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
