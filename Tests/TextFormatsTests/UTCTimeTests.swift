import Testing

@testable import TextFormats

@Suite("Timestamp")
struct UTCTimeTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"),
      (-1, "1969-12-31T23:59:59.999999Z"),
      (1_767_323_045_123_456, "2026-01-02T03:04:05.123456Z"),
      (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
      (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
      (-2_203_891_200_000_000, "1900-03-01T00:00:00.000000Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
      (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
    ] as [(Int64, String)])
  func writesTheUsualYears(_ microseconds: Int64, _ text: String) {
    #expect(UTCTime(microseconds: microseconds).text == text)
  }

  @Test(
    arguments: [
      (-62_135_596_800_000_001, "0000-12-31T23:59:59.999999Z"),
      (-62_167_219_200_000_001, "-000001-12-31T23:59:59.999999Z"),
      (253_402_300_800_000_000, "+010000-01-01T00:00:00.000000Z"),
      (.max, "+294247-01-10T04:00:54.775807Z"),
      (.min, "-290308-12-21T19:59:05.224192Z"),
    ] as [(Int64, String)])
  func writesYearsThatNeedASignWithoutTrapping(_ microseconds: Int64, _ text: String) {
    #expect(UTCTime(microseconds: microseconds).text == text)
  }

  @Test func everyDayOf800YearsFollowsItsPredecessor() {
    let daysOfMonth: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var expected = CivilDate(year: 1600, month: 1, day: 1)
    for day in -135_140 ..< -135_140 + 2 * 146_097 {
      #expect(CivilDate(daysSince1970: Int64(day)) == expected)
      let isLeap = expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0)
      let length = daysOfMonth[Int(expected.month) - 1] + (expected.month == 2 && isLeap ? 1 : 0)
      if expected.day < length {
        expected = CivilDate(year: expected.year, month: expected.month, day: expected.day + 1)
      } else if expected.month < 12 {
        expected = CivilDate(year: expected.year, month: expected.month + 1, day: 1)
      } else {
        expected = CivilDate(year: expected.year + 1, month: 1, day: 1)
      }
    }
  }
}
