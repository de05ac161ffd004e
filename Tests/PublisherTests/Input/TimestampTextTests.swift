import ClientLib
import Testing

@testable import Publisher

@Suite struct TimestampTextTests {
  private func read(_ text: String) throws(LineProblem) -> Int64 {
    let bytes = Array("xx\(text)yy".utf8)
    return try TimestampText.read(bytes.span.bytes, 2..<bytes.count - 2).microseconds
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0),
      ("2026-01-02T03:04:05.123456Z", 1_767_323_045_123_456),
      ("2026-01-02t03:04:05.123456z", 1_767_323_045_123_456),
      ("2026-01-02 03:04:05,123456", 1_767_323_045_123_456),
      ("2026-01-02T03:04:05.1234569Z", 1_767_323_045_123_456),
      ("2026-01-02T03:04:05.12", 1_767_323_045_120_000),
      ("2026-01-02T03:04Z", 1_767_323_040_000_000),
      ("2026-01-02T03:04:05+02:30", 1_767_314_045_000_000),
      ("2026-01-02T03:04:05-0230", 1_767_332_045_000_000),
      ("2026-01-02T03:04:05+02", 1_767_315_845_000_000),
      ("1969-12-31T23:59:59.999999Z", -1),
      ("2000-02-29T00:00:00Z", 951_782_400_000_000),
      ("2024-02-29T12:00:00Z", 1_709_208_000_000_000),
      ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ] as [(String, Int64)])
  func readsTimes(_ text: String, _ microseconds: Int64) throws {
    #expect(try read(text) == microseconds)
  }

  @Test(arguments: [
    "", "2026", "2026-01-02", "2026-1-02T03:04:05Z", "2026-13-02T03:04:05Z", "2026-00-02T03:04:05Z",
    "2026-02-29T03:04:05Z", "1900-02-29T03:04:05Z", "2026-04-31T03:04:05Z", "2026-01-00T03:04:05Z",
    "2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z", "2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z",
    "2026-01-02T03:04:05ZZ", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+02:", "2026-01-02T03:04:05+2",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "+2026-01-02T03:04:05Z",
    "10000-01-01T00:00:00Z", "2026-01-02T03:04:05 Z",
  ])
  func refusesOthers(_ text: String) {
    #expect(throws: LineProblem.self) { try read(text) }
  }

  /// Every day of 400 years, which is all there is to a calendar.
  @Test func countsEveryDay() throws {
    var microseconds: Int64 = 946_684_800_000_000
    for year in 2000..<2400 {
      for month in 1...12 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        let first = "\(year)-\(month < 10 ? "0" : "")\(month)-01T00:00:00Z"
        let found = try read(first)
        guard found == microseconds else {
          Issue.record("\(first) is read as \(found), not \(microseconds)")
          return
        }
        microseconds += Int64(days) * 86_400_000_000
      }
    }
  }
}
