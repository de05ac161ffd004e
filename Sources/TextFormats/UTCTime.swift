/// A moment in microseconds since 1970, UTC, and its text form: ISO 8601 with microseconds and `Z`.
///
/// All conversions use integer arithmetic on the proleptic Gregorian calendar, for every 64-bit value.
package struct UTCTime: Hashable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  package let microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// The text `2026-01-02T03:04:05.123456Z`. Years outside 0-9999 have a sign and six digits, which is the
  /// expanded form that ECMAScript reads (ECMA-262, "Expanded Years"). Year 0 is 1 BC.
  package var text: String {
    let (day, time) = Self.floorDivide(microseconds, by: Self.microsecondsPerDay)
    let date = CivilDate(daysSince1970: day)
    let (second, fraction) = Self.floorDivide(time, by: 1_000_000)
    var text = Self.year(date.year)
    for (separator, number) in [
      ("-", date.month), ("-", date.day), ("T", second / 3600), (":", second / 60 % 60), (":", second % 60),
    ] {
      text += separator + Self.padded(number, to: 2)
    }
    return text + "." + Self.padded(fraction, to: 6) + "Z"
  }

  package static let microsecondsPerDay: Int64 = 86_400_000_000

  private static func year(_ year: Int64) -> String {
    guard !(0...9999).contains(year) else { return padded(year, to: 4) }
    return (year < 0 ? "-" : "+") + padded(abs(year), to: 6)
  }

  private static func padded(_ number: Int64, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Returns a quotient that is rounded down, so that moments before 1970 have a positive time of day.
  package static func floorDivide(_ dividend: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64)
  {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
