/// A number in JSON text (RFC 8259, section 6), and whether the database can store it.
///
/// Valid syntax is not enough: `1e200000` is JSON, but neither a `double` nor Postgres's `numeric`
/// (https://www.postgresql.org/docs/current/datatype-numeric.html) can store it. The magnitude counts, not
/// the written exponent: a one with 400 zeros is as large as `1e400`.
struct JSONNumber {
  /// Maximum number of digits after the decimal point in Postgres's `numeric`.
  static let largestScale = 16_383

  /// Bound for the written exponent; larger ones count as this value. It is above every limit and far from
  /// overflow.
  private static let exponentCeiling = 1 << 32

  /// Range of the digits before the decimal point, without the sign.
  private let integer: Range<Int>
  /// Range of the digits after the decimal point; empty when there are none.
  private let fraction: Range<Int>
  private var exponent = 0

  /// Returns the offset after the number whose first digit, after the sign, must be at `start`.
  /// - Throws: `payloadSyntax`; `payloadNumber` when the first non-zero digit stands for 10^n and the
  ///   magnitude of n exceeds `limit`, or when the last digit is beyond `largestScale`.
  @inline(__always)
  static func end(
    from start: Int, in bytes: RawSpan, before end: Int, exponentLimit limit: Int
  ) throws(DeadReason) -> Int {
    let point = endOfDigits(from: start, in: bytes, before: end)
    guard point > start, point == start &+ 1 || bytes.byte(at: start, before: end) != UInt8(ascii: "0")
    else { throw .payloadSyntax }
    var at = point
    if bytes.byte(at: point, before: end) == UInt8(ascii: ".") {
      at = endOfDigits(from: point &+ 1, in: bytes, before: end)
      guard at > point &+ 1 else { throw .payloadSyntax }
    }
    // A number this short cannot reach 10^limit or its inverse without an exponent.
    if at &- start <= limit, bytes.byte(at: at, before: end) | 0x20 != UInt8(ascii: "e") { return at }
    return try readExponent(
      behind: start..<point, fraction: min(point + 1, at)..<at, in: bytes, before: end, limit: limit)
  }

  @inline(never)
  private static func readExponent(
    behind integer: Range<Int>, fraction: Range<Int>, in bytes: RawSpan, before end: Int, limit: Int
  ) throws(DeadReason) -> Int {
    var number = JSONNumber(integer: integer, fraction: fraction)
    return try number.readExponent(from: fraction.upperBound, in: bytes, before: end, limit: limit)
  }

  /// Returns the first offset from `start` on that has no digit, at most `end`.
  @inline(__always)
  private static func endOfDigits(from start: Int, in bytes: RawSpan, before end: Int) -> Int {
    var at = start
    let endOfWords = bytes.endOfWords(before: end)
    while at < endOfWords {
      let stops = EightBytes.nonDigits(bytes.eightBytes(at: at))
      at &+= EightBytes.first(stops)
      if stops != 0, at <= end { return at }
    }
    // Less than eight bytes are left in the span, or the word contains digits after `end`.
    return endOfDigitsByByte(from: start, in: bytes, before: end)
  }

  @inline(never)
  private static func endOfDigitsByByte(from start: Int, in bytes: RawSpan, before end: Int) -> Int {
    var at = start
    while isDigit(bytes.byte(at: at, before: end)) { at += 1 }
    return at
  }

  /// Reads the exponent at `start`, if there is one, and checks the magnitude.
  private mutating func readExponent(
    from start: Int, in bytes: RawSpan, before end: Int, limit: Int
  ) throws(DeadReason) -> Int {
    var at = start
    if bytes.byte(at: at, before: end) | 0x20 == UInt8(ascii: "e") {
      let sign = bytes.byte(at: start + 1, before: end)
      let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
      let first = isSigned ? start + 2 : start + 1
      at = first
      while case let byte = bytes.byte(at: at, before: end), Self.isDigit(byte) {
        exponent = min(exponent * 10 + Int(byte - UInt8(ascii: "0")), Self.exponentCeiling)
        at += 1
      }
      guard at > first else { throw .payloadSyntax }
      if sign == UInt8(ascii: "-") { exponent = -exponent }
    }
    guard fits(exponentLimit: limit, in: bytes) else { throw .payloadNumber }
    return at
  }

  private func fits(exponentLimit limit: Int, in bytes: RawSpan) -> Bool {
    let leading = placeOfFirstDigit(in: bytes) + exponent
    return leading.magnitude <= limit.magnitude && fraction.count - exponent <= Self.largestScale
  }

  /// The power of ten of the first non-zero digit, before the exponent is applied; 0 for zero.
  private func placeOfFirstDigit(in bytes: RawSpan) -> Int {
    if bytes.byte(at: integer.lowerBound, before: integer.upperBound) != UInt8(ascii: "0") {
      return integer.count - 1
    }
    for offset in fraction where bytes.byte(at: offset, before: fraction.upperBound) != UInt8(ascii: "0") {
      return fraction.lowerBound - offset - 1
    }
    return 0
  }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
