/// A date of the proleptic Gregorian calendar, in which year 0 is 1 BC.
///
/// The calendar repeats every 400 years (an era of 146,097 days). Within an era, a year begins in March here,
/// so that the leap day is the last day of the year.
package struct CivilDate: Hashable, Sendable {
  package let year: Int64
  /// The month, 1-12.
  package let month: Int64
  /// The day of the month, 1-31.
  package let day: Int64

  package init(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date that is `days` days after 1970-01-01.
  package init(daysSince1970 days: Int64) {
    let (era, dayOfEra) = UTCTime.floorDivide(days + Self.daysFromMarchOfYear0, by: Self.daysPerEra)
    let leapDays = dayOfEra / 1460 - dayOfEra / 36524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leapDays) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // From March on, the lengths of months repeat as 31 30 31 30 31 days, which is 153 days in five months.
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    self.year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  }

  /// The number of days after 1970-01-01; nil when there is no such date.
  package var daysSince1970: Int64? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    let (yearFromMarch, monthFromMarch) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    let (era, yearOfEra) = UTCTime.floorDivide(yearFromMarch, by: 400)
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * Self.daysPerEra + dayOfEra - Self.daysFromMarchOfYear0
    // The 31st of a shorter month would be converted to a day of the next month.
    return CivilDate(daysSince1970: days) == self ? days : nil
  }

  private static let daysPerEra: Int64 = 146_097
  /// The number of days from 0000-03-01 to 1970-01-01.
  private static let daysFromMarchOfYear0: Int64 = 719_468
}
