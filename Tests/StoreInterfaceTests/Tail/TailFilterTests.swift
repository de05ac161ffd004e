import StoreInterface
import Testing

@testable import StoreInterface

@Suite struct TailFilterTests {
  private func event(_ topic: String, _ source: String = "s") -> StoredEvent {
    StoredEvent(topic: topic, eventID: "1", timestamp: 0, source: source, payload: nil, processedAt: 0)
  }

  @Test(arguments: [
    (TailFilter(), "a.b", true), (TailFilter(topics: .one("a.b")), "a.b", true),
    (TailFilter(topics: .one("a.b")), "a.bc", false), (TailFilter(topics: .prefix("a.")), "a.b", true),
    (TailFilter(topics: .prefix("a.")), "a", false), (TailFilter(topics: .prefix("")), "a", true),
    (TailFilter(source: "s"), "a", true), (TailFilter(source: "t"), "a", false),
    (TailFilter(topics: .prefix("a"), source: "t"), "a", false),
  ])
  func matchesTopics(_ filter: TailFilter, _ topic: String, _ matches: Bool) {
    #expect(filter.matches(event(topic)) == matches)
  }

  /// The database compares bytes, too.
  @Test func comparesBytesAndNotCharacters() {
    #expect(!TailFilter(topics: .one("\u{E9}")).matches(event("e\u{301}")))
    #expect(TailFilter(topics: .prefix("e")).matches(event("e\u{301}")))
    #expect(!TailFilter(source: "\u{E9}").matches(event("t", "e\u{301}")))
  }
}

@Suite struct TailPositionTests {
  @Test(arguments: [
    ("10:20:", 20), ("10:10:", 10), ("10:20:10,14,19", 20), ("1:18446744073709551615:1", UInt64.max),
  ])
  func readsTheHorizonOfASnapshot(_ text: String, _ horizon: UInt64) {
    #expect(TailPosition.horizon(of: text) == horizon)
  }

  @Test(arguments: [
    "", ":", "::", "10:20", "10:20:30", "20:10:", "0:1:", "10:20:14,", "10:20:,", "10:20:14,12",
    "10:20:20", "10:20:9", "+1:2:", "1:18446744073709551616:", "a:b:c", "10:20::", "10:20:15;16",
  ])
  func refusesSnapshotsThatPostgresWouldRefuse(_ text: String) {
    #expect(TailPosition.horizon(of: text) == nil)
  }
}
