import ClientLib
import Foundation
import Testing

@testable import Publisher

@Suite struct ReportTests {
  private func result() -> Run.Result {
    var result = Run.Result()
    result.totals.sent = 1_000
    result.totals.batches = 10
    result.totals.accepted = 1_000
    result.totals.committed = 1_000
    result.totals.unique = 650
    result.totals.duplicates = 350
    result.totals.acceptedTimes.record(.milliseconds(5))
    result.totals.committedTimes.record(.milliseconds(20))
    result.uniqueExpected = 650
    result.elapsed = .milliseconds(500)
    result.traffic = Traffic(rawBytes: 100_000, sentBytes: 40_000, reconnects: 1, resentBatches: 2)
    return result
  }

  /// The reasons come from the database and its server.
  @Test func reasonsOfDeadEventsHaveNoControlSequences() throws {
    let reasons = ["refused (\u{1B}[2J\u{9B}2J\u{202E})"]
    let report = Report(result(), moment: .committed, verification: nil, deadReasons: reasons)
    #expect(report.text(nil).contains(#"refused (\u{1b}[2J\u{9b}2J\u{202e})"#))
    #expect(report.json().contains(#"refused (\u001b[2J\u009b2J\u202e)"#))
    let object = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
    #expect(object?["dead_reasons"] as? [String] == reasons)
  }

  /// Names that scripts use.
  @Test func writesEveryFieldOfItsInterface() throws {
    let report = Report(result(), moment: .committed, verification: nil)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    for name in [
      "events_sent", "unique_expected", "batches", "accepted", "committed", "unique", "duplicates", "dead",
      "seconds", "events_per_second", "bytes_raw", "bytes_wire", "ack_accepted_ms", "ack_committed_ms",
      "publish_to_committed_ms",
      "reconnects", "resent_batches", "dropped_batches", "expired_batches", "recovered_batches", "conflicts",
      "dead_reasons",
    ] {
      #expect(object[name] != nil, "\(name)")
    }
    #expect(object["events_per_second"] as? Double == 2_000)
    let times = try #require(object["ack_committed_ms"] as? [String: Any])
    #expect(Set(times.keys) == ["p50", "p95", "p99", "max"])
    #expect(!report.json().contains("\n"))
  }

  @Test func printsTheSameForPeople() {
    let text = Report(result(), moment: .committed, verification: nil).text(nil)
    #expect(text.contains("committed     1,000: 650 unique, 350 duplicate, 0 dead\n"))
    #expect(text.contains("time          0.50 s, 2,000 events/s\n"))
    #expect(!text.contains("dead because"))
    let dead = Report(
      result(), moment: .committed, verification: nil, deadReasons: ["payload_syntax", "topic_length"])
    #expect(dead.text(nil).contains("dead because  payload_syntax; topic_length\n"))
    #expect(dead.json().contains(#""dead_reasons":["payload_syntax","topic_length"]"#))
    #expect(text.contains("connections   1 opened again, 2 batches sent again"))
  }
}

@Suite struct QuantityTests {
  @Test(
    arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] as [(UInt64, String)])
  func groupsThousands(_ number: UInt64, _ text: String) {
    #expect(Quantity.grouped(number) == text)
  }

  @Test(
    arguments: [
      (0, 1, "0.0"), (1.25, 1, "1.3"), (1.04, 1, "1.0"), (12.999, 2, "13.00"), (0.005, 3, "0.005"),
      (-1.5, 1, "-1.5"),
      (7, 0, "7"),
    ] as [(Double, Int, String)])
  func roundsToDigits(_ number: Double, _ digits: Int, _ text: String) {
    #expect(Quantity.fixed(number, digits: digits) == text)
  }

  @Test(arguments: [
    (0, "0 bytes"), (1_023, "1023 bytes"), (1_024, "1.0 KiB"), (3 << 19, "1.5 MiB"), (1 << 30, "1.0 GiB"),
  ])
  func choosesAUnit(_ count: Int, _ text: String) {
    #expect(Quantity.bytes(count) == text)
  }
}
