import Testing

@testable import TextFormats

@Suite("EventTimeReader")
struct EventTimeReaderTests {
  /// 2026-03-15T12:00:00Z.
  private static let now = UTCTime(microseconds: 1_773_576_000_000_000)

  private static func read(_ text: String, now: UTCTime = now) -> String? {
    EventTimeReader.read(Array(text.utf8), now: now)?.text
  }

  @Test(
    "reads the forms of ISO 8601",
    arguments: [
      ("2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.123456Z"),
      ("2026-01-02T03:04:05,123Z", "2026-01-02T03:04:05.123000Z"),
      ("2026-01-02 03:04:05.123456789", "2026-01-02T03:04:05.123456Z"),
      ("2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05.000000Z"),
      ("2026-01-02 03:04:05 +0000", "2026-01-02T03:04:05.000000Z"),
      ("2026-01-02 03:04:05 +0000 UTC", "2026-01-02T03:04:05.000000Z"),
      ("2026-01-02 03:04:05.5 -0530", "2026-01-02T08:34:05.500000Z"),
      ("2026-01-02T03:04:05+01:30", "2026-01-02T01:34:05.000000Z"),
      ("2026-01-02T03:04:60Z", "2026-01-02T03:05:00.000000Z"),
      ("2026-01-02T03:04:60.5Z", "2026-01-02T03:05:00.000000Z"),
      ("2026-01-02T03:04Z", "2026-01-02T03:04:00.000000Z"),
      ("2026-01-02", "2026-01-02T00:00:00.000000Z"),
      ("2026/01/02 03:04:05", "2026-01-02T03:04:05.000000Z"),
      ("20260102T030405Z", "2026-01-02T03:04:05.000000Z"),
      ("20260102T030405.25+0100", "2026-01-02T02:04:05.250000Z"),
      (" 2026-01-02T03:04:05Z\t", "2026-01-02T03:04:05.000000Z"),
    ])
  func readsISO(_ text: String, _ moment: String) {
    #expect(Self.read(text) == moment)
  }

  @Test(
    "reads the forms of mail, HTTP, access logs and asctime",
    arguments: [
      ("Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05.000000Z"),
      ("Fri, 2 Jan 2026 03:04:05 +0100", "2026-01-02T02:04:05.000000Z"),
      ("2 Jan 2026 03:04 -0100", "2026-01-02T04:04:00.000000Z"),
      ("Friday, 02-Jan-26 03:04:05 GMT", "2026-01-02T03:04:05.000000Z"),
      ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000000Z"),
      ("Friday, 02-Jan-76 03:04:05 GMT", "2076-01-02T03:04:05.000000Z"),
      ("Saturday, 02-Jan-77 03:04:05 GMT", "1977-01-02T03:04:05.000000Z"),
      ("Fri Jan  2 03:04:05 2026", "2026-01-02T03:04:05.000000Z"),
      ("Fri Jan 2 03:04:05 UTC 2026", "2026-01-02T03:04:05.000000Z"),
      ("fri jan 2 03:04:05 +0100 2026", "2026-01-02T02:04:05.000000Z"),
      ("02/Jan/2026:03:04:05 +0100", "2026-01-02T02:04:05.000000Z"),
      ("[02/Jan/2026:03:04:05 -0530]", "2026-01-02T08:34:05.000000Z"),
    ])
  func readsOthers(_ text: String, _ moment: String) {
    #expect(Self.read(text) == moment)
  }

  @Test(
    "reads the times of syslog, and takes a missing year from now",
    arguments: [
      ("Jan  2 03:04:05", "2026-01-02T03:04:05.000000Z"),
      ("Jan 02 03:04:05.678", "2026-01-02T03:04:05.678000Z"),
      ("Jan  2 2024 03:04:05", "2024-01-02T03:04:05.000000Z"),
      ("Jan  2 03:04:05 2024", "2024-01-02T03:04:05.000000Z"),
      ("Mar 16 11:59:59", "2026-03-16T11:59:59.000000Z"),
      ("Mar 16 12:00:00", "2026-03-16T12:00:00.000000Z"),
      ("Mar 16 12:00:01", "2025-03-16T12:00:01.000000Z"),
      ("Dec 31 23:59:59", "2025-12-31T23:59:59.000000Z"),
      ("Feb 29 00:00:00", "2024-02-29T00:00:00.000000Z"),
      ("Jan  2 03:04:05 +0100", "2026-01-02T02:04:05.000000Z"),
    ])
  func readsSyslog(_ text: String, _ moment: String) {
    #expect(Self.read(text) == moment)
  }

  @Test("takes the next year for a time of syslog that is a few hours ahead at the turn of the year")
  func readsSyslogAtTheTurnOfTheYear() {
    let evening = UTCTime(microseconds: 1_798_761_000_000_000)
    #expect(evening.text == "2026-12-31T23:50:00.000000Z")
    #expect(Self.read("Jan  1 00:10:00", now: evening) == "2027-01-01T00:10:00.000000Z")
    #expect(Self.read("Dec 31 23:40:00", now: evening) == "2026-12-31T23:40:00.000000Z")
  }

  @Test(
    "reads numbers since 1970, and takes their unit from their magnitude",
    arguments: [
      ("0", 0), ("-1", -1_000_000), ("1767323045", 1_767_323_045_000_000),
      ("1767323045.123456", 1_767_323_045_123_456), ("1767323045.1234567", 1_767_323_045_123_456),
      ("1.767323045e9", 1_767_323_045_000_000), ("1.767323045123E+09", 1_767_323_045_123_000),
      ("99999999999", 99_999_999_999_000_000), ("100000000000", 100_000_000_000_000),
      ("1767323045123", 1_767_323_045_123_000), ("1767323045123.5", 1_767_323_045_123_500),
      ("99999999999999", 99_999_999_999_999_000), ("100000000000000", 100_000_000_000_000),
      ("1767323045123456", 1_767_323_045_123_456), ("99999999999999999", 99_999_999_999_999_999),
      ("100000000000000000", 100_000_000_000_000), ("1767323045123456789", 1_767_323_045_123_456),
      ("-1767323045123456789", -1_767_323_045_123_456), ("0.000001", 1), ("0.0000009", 0),
      ("000000000000000000000001", 1_000_000), ("0e999", 0), ("1e-400", 0), ("20260102", 20_260_102_000_000),
    ])
  func readsNumbers(_ text: String, _ microseconds: Int64) {
    #expect(EventTimeReader.read(Array(text.utf8), now: Self.now)?.microseconds == microseconds)
    #expect(EpochTime.read(Array(text.utf8))?.microseconds == microseconds)
  }

  @Test(
    "refuses what is no time",
    arguments: [
      "", " ", "now", "T", "2026-13-01", "2026-02-30T00:00:00Z", "2026-01-02T24:00:00Z",
      "2026-01-02T03:04:05 CET",
      "Jan", "Jan 2", "Jan 32 00:00:00", "Jan  2 25:00:00", "Feb 30 00:00:00", "Foo  2 03:04:05",
      "Fri, 02 Foo 2026 03:04:05 GMT", "Fri,02 Jan 2026 03:04:05 GMT", "Fri 02 Jan 2026", "02/Jan/2026",
      "02/01/2026:03:04:05 +0000", "1e", "1.", ".5", "1e999", "1e1000", "100000000000000000000000", "--1",
      "0x10",
      "1767323045s", "20260102T03", "[", "]", "[]", "2026-01-02T03:04:05Z trailing", "Jan 2 03:04:05 2026 x",
      "12345678901234567890123456789012345678901234567890123456789012345",
    ])
  func refuses(_ text: String) {
    #expect(Self.read(text) == nil)
  }

  @Test("reads or refuses every cut and every change of a byte of its forms")
  func survivesDamage() {
    let forms = [
      "2026-01-02T03:04:05.123456+01:00", "Fri, 02 Jan 2026 03:04:05 GMT", "Fri Jan  2 03:04:05 UTC 2026",
      "[02/Jan/2026:03:04:05 +0100]", "Jan  2 2024 03:04:05", "-1.767323045e+09", "20260102T030405.25+0100",
    ]
    var count = 0
    for form in forms.map({ Array($0.utf8) }) {
      for end in 0...form.count {
        count += EventTimeReader.read(Array(form[..<end]), now: Self.now) == nil ? 0 : 1
      }
      for index in form.indices {
        for byte: UInt8 in [0, 0x20, 0x2B, 0x2D, 0x30, 0x39, 0x3A, 0x41, 0x7A, 0xFF] {
          var damaged = form
          damaged[index] = byte
          count += EventTimeReader.read(damaged, now: Self.now) == nil ? 0 : 1
        }
      }
    }
    #expect(count > forms.count)
  }
}
