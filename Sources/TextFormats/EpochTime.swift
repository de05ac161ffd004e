/// Times as a decimal number since 1970, whose unit follows from its magnitude: seconds below 10^11,
/// milliseconds below 10^14, microseconds below 10^17, nanoseconds from there on.
///
/// So seconds reach the year 5138, and milliseconds begin in March 1973. The arithmetic is on the decimal digits,
/// because a binary floating-point number would lose microseconds.
package enum EpochTime {
  /// Returns the moment of a decimal number with optional sign, fraction and exponent, in the grammar of JSON
  /// (RFC 8259, section 6); nil for another text, and for a moment beyond 64 bits. Digits below a microsecond
  /// are dropped.
  package static func read(_ text: [UInt8]) -> UTCTime? {
    guard let number = Decimal(text) else { return nil }
    guard number.digits > 0 else { return UTCTime(microseconds: 0) }
    let (whole, overflow) = number.significant.addingReportingOverflow(number.exponent)
    guard !overflow, whole <= 20 else { return nil }
    // The number of microseconds is the number times ten to the power of `scale`.
    let scale = whole <= 11 ? 6 : whole <= 14 ? 3 : whole <= 17 ? 0 : -3
    guard let microseconds = shifted(number.digits, by: number.exponent + scale) else { return nil }
    guard let value = Int64(exactly: microseconds) else { return nil }
    return UTCTime(microseconds: number.isNegative ? -value : value)
  }

  /// Returns `digits` times ten to the power of `places`, rounded towards zero; nil beyond 64 bits.
  private static func shifted(_ digits: UInt64, by places: Int) -> UInt64? {
    var value = digits
    if places < 0 {
      for _ in 0..<min(-places, 20) { value /= 10 }
      return value
    }
    guard places <= 20 else { return nil }
    for _ in 0..<places {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product
    }
    return value
  }

  /// A decimal number: `digits` times ten to the power of `exponent`.
  private struct Decimal {
    var isNegative = false
    var digits: UInt64 = 0
    /// Number of digits without leading zeros.
    var significant = 0
    var exponent = 0

    init?(_ text: [UInt8]) {
      var cursor = TimeCursor(text)
      isNegative = cursor.takes("-")
      guard read(&cursor, isFraction: false) else { return nil }
      if cursor.takes(".") { guard read(&cursor, isFraction: true) else { return nil } }
      if cursor.takes("e", "E") {
        let isSmall = cursor.takes("-")
        if !isSmall { _ = cursor.takes("+") }
        guard let given = Self.exponent(&cursor) else { return nil }
        exponent += isSmall ? -given : given
      }
      guard cursor.isAtEnd else { return nil }
    }

    /// Reads digits. Those beyond the 18th significant digit count only by their place.
    private mutating func read(_ cursor: inout TimeCursor, isFraction: Bool) -> Bool {
      let start = cursor.at
      while let digit = cursor.digit() {
        if significant == 18 {
          if !isFraction { exponent += 1 }
          continue
        }
        if isFraction { exponent -= 1 }
        digits = digits * 10 + UInt64(digit)
        if digits > 0 { significant += 1 }
      }
      return cursor.at > start
    }

    /// Reads the digits of an exponent; nil without a digit, and above three digits.
    private static func exponent(_ cursor: inout TimeCursor) -> Int? {
      var exponent = 0
      let start = cursor.at
      while let digit = cursor.digit() { exponent = min(exponent * 10 + Int(digit), 1_000) }
      return cursor.at > start && exponent < 1_000 ? exponent : nil
    }
  }
}
