/// A number of JSON text (RFC 8259, section 6), and whether the database could hold it.
///
/// Syntax alone is not enough: `1e200000` is JSON, and neither a `double` nor Postgres's `numeric`
/// (https://www.postgresql.org/docs/current/datatype-numeric.html) holds it. What counts is where
/// the digits really stand, so a one with 400 zeros behind it is as large as `1e400`.
struct JSONNumber {
  /// Digits after the decimal point that Postgres's `numeric` can show.
  static let largestScale = 16_383

  /// The largest decimal exponent that is looked at; larger ones count as this one. Beyond every
  /// limit, and far from overflow.
  private static let exponentCeiling = 1 << 32

  /// Where the digits before the point stand, without the sign.
  private let integer: Range<Int>
  /// Where the digits behind the point stand; empty when there are none.
  private let fraction: Range<Int>
  private var exponent = 0

  /// The place after the number whose first digit is to be at `start`, after the sign.
  /// - Throws: `payloadSyntax`, or `payloadNumber` when the first digit that is not zero stands for
  ///   10^n with |n| > `limit`, or the last digit stands behind what `numeric` can show.
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
    // Too short to reach 10^limit or its inverse without an exponent.
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

  /// The first place from `start` on, up to `end`, that holds no digit.
  @inline(__always)
  private static func endOfDigits(from start: Int, in bytes: RawSpan, before end: Int) -> Int {
    var at = start
    let endOfWords = bytes.endOfWords(before: end)
    while at < endOfWords {
      let stops = EightBytes.nonDigits(bytes.eightBytes(at: at))
      at &+= EightBytes.first(stops)
      if stops != 0, at <= end { return at }
    }
    // Near the end of the span, or what follows the text is digits of something else.
    return endOfDigitsByByte(from: start, in: bytes, before: end)
  }

  @inline(never)
  private static func endOfDigitsByByte(from start: Int, in bytes: RawSpan, before end: Int) -> Int {
    var at = start
    while isDigit(bytes.byte(at: at, before: end)) { at += 1 }
    return at
  }

  /// Reads the exponent at `start`, if there is one, and looks at where the digits stand.
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

  /// The power of ten that the first digit other than zero stands for before the exponent is
  /// applied; 0 when the number is zero.
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
