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

  private var integer: Range<Int>
  private var fraction: Range<Int>
  private var exponent = 0

  /// The place after the number at `start`, where a minus sign or a digit stands.
  /// - Throws: `payloadSyntax`, or `payloadNumber` when the first digit that is not zero stands for
  ///   10^n with |n| > `limit`, or the last digit stands behind what `numeric` can show.
  static func end(
    from start: Int, in bytes: RawSpan, before end: Int, exponentLimit limit: Int
  ) throws(DeadReason) -> Int {
    var at = start
    if bytes.byte(at: at) == UInt8(ascii: "-") { at += 1 }
    let first = at
    if bytes.byte(at: at, before: end) == UInt8(ascii: "0") {
      at += 1
    } else {
      at = try endOfDigits(from: at, in: bytes, before: end)
    }
    var number = JSONNumber(integer: first..<at, fraction: at..<at)
    if bytes.byte(at: at, before: end) == UInt8(ascii: ".") {
      let point = at
      at = try endOfDigits(from: point + 1, in: bytes, before: end)
      number.fraction = point + 1..<at
    }
    if bytes.byte(at: at, before: end) | 0x20 == UInt8(ascii: "e") {
      at = try number.readExponent(from: at + 1, in: bytes, before: end)
    } else if at - first <= limit {
      // Too short to reach 10^limit or its inverse without an exponent.
      return at
    }
    guard number.fits(exponentLimit: limit, in: bytes) else { throw .payloadNumber }
    return at
  }

  /// The place after one or more digits from `start` on.
  @inline(__always)
  private static func endOfDigits(
    from start: Int, in bytes: RawSpan, before end: Int
  ) throws(DeadReason) -> Int {
    var at = start
    let last = bytes.lastEightBytes(before: end)
    var stops: UInt64 = 0
    while at < last {
      stops = EightBytes.nonDigits(bytes.eightBytes(at: at))
      if stops != 0 { break }
      at += 8
    }
    if stops != 0 {
      // Digits behind the end belong to something else.
      at = Swift.min(at + EightBytes.first(stops), end)
    } else {
      at = Swift.min(at, end)
      while at < end, isDigit(bytes.byte(at: at)) { at += 1 }
    }
    guard at > start else { throw .payloadSyntax }
    return at
  }

  /// Reads the sign and the digits of an exponent; `start` is the place after the "e".
  private mutating func readExponent(
    from start: Int, in bytes: RawSpan, before end: Int
  ) throws(DeadReason) -> Int {
    let sign = bytes.byte(at: start, before: end)
    let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
    let first = isSigned ? start + 1 : start
    var at = first
    while at < end, Self.isDigit(bytes.byte(at: at)) {
      let digit = Int(bytes.byte(at: at) - UInt8(ascii: "0"))
      exponent = Swift.min(exponent * 10 + digit, Self.exponentCeiling)
      at += 1
    }
    guard at > first else { throw .payloadSyntax }
    if sign == UInt8(ascii: "-") { exponent = -exponent }
    return at
  }

  private func fits(exponentLimit limit: Int, in bytes: RawSpan) -> Bool {
    let leading = placeOfFirstDigit(in: bytes) + exponent
    return leading.magnitude <= limit.magnitude && fraction.count - exponent <= Self.largestScale
  }

  /// The power of ten that the first digit other than zero stands for before the exponent is
  /// applied; 0 when the number is zero.
  private func placeOfFirstDigit(in bytes: RawSpan) -> Int {
    if bytes.byte(at: integer.lowerBound) != UInt8(ascii: "0") { return integer.count - 1 }
    for offset in fraction where bytes.byte(at: offset) != UInt8(ascii: "0") {
      return fraction.lowerBound - offset - 1
    }
    return 0
  }

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
