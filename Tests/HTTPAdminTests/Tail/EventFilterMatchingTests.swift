import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite struct EventFilterMatchingTests {
  private func event(_ topic: String, _ source: String = "s") -> StoredEvent {
    .sample(topic: topic, source: source)
  }

  @Test(arguments: [
    (EventFilter(), "a.b", true), (EventFilter(topics: .one("a.b")), "a.b", true),
    (EventFilter(topics: .one("a.b")), "a.bc", false), (EventFilter(topics: .prefix("a.")), "a.b", true),
    (EventFilter(topics: .prefix("a.")), "a", false), (EventFilter(topics: .prefix("")), "a", true),
    (EventFilter(source: "s"), "a", true), (EventFilter(source: "t"), "a", false),
    (EventFilter(topics: .prefix("a"), source: "t"), "a", false),
    (EventFilter(eventID: "1"), "a", true), (EventFilter(eventID: "2"), "a", false),
  ])
  func matchesNames(_ filter: EventFilter, _ topic: String, _ matches: Bool) {
    #expect(filter.matches(event(topic)) == matches)
  }

  /// The database compares bytes, too.
  @Test func comparesBytesAndNotCharacters() {
    #expect(!EventFilter(topics: .one("\u{E9}")).matches(event("e\u{301}")))
    #expect(EventFilter(topics: .prefix("e")).matches(event("e\u{301}")))
    #expect(!EventFilter(source: "\u{E9}").matches(event("t", "e\u{301}")))
  }

  @Test(
    arguments: [(5, nil, true), (6, nil, false), (nil, 5, false), (nil, 6, true), (5, 6, true)]
      as [(Int64?, Int64?, Bool)])
  func boundsTheChosenTime(since: Int64?, until: Int64?, matches: Bool) {
    let event = StoredEvent(topic: "t", eventID: "1", timestamp: 5, source: "s", payload: nil, processedAt: 9)
    #expect(EventFilter(since: since, until: until).matches(event) == matches)
    let stored = EventFilter(since: since.map { $0 + 4 }, until: until.map { $0 + 4 }, clock: .processedAt)
    #expect(stored.matches(event) == matches)
  }

  @Test(arguments: [
    ("alpha", true), ("ALPHA b", true), ("beta\"", true), ("{", true), ("gamma", false), ("%", false),
    ("\u{FC}", true),
    ("\u{DC}", false),
  ])
  func findsTextInThePayload(_ text: String, _ matches: Bool) {
    let event = StoredEvent.sample(payload: "{\"x\":\"\u{FC}Alpha Beta\"}")
    #expect(EventFilter(text: text).matches(event) == matches)
    #expect(!EventFilter(text: text).matches(.sample()))
  }

  @Test(arguments: [
    ("a", "1.5", true), ("a", "15e-1", true), ("a", "1.50", true), ("a", "1.51", false), ("a", "-1.5", false),
    ("b", "x\"y", true), ("b", "x", false), ("c.d.1", "two", true), ("c.d.-1", "two", true),
    ("c.d.2", "two", false),
    ("c.e", "null", true), ("c.f", "null", false), ("t", "true", true), ("t", "false", false),
    ("s", "true", true),
    ("z", "-0", true), ("z", "0e5", true), ("c", "{}", false), ("twice", "2", true), ("twice", "1", false),
    ("big", "1e400", true), ("big", "1E+400", true), ("n", "7", true), ("n.x", "7", false),
    ("esc", "ab", true),
  ])
  func comparesFieldsAsJSONValues(_ path: String, _ value: String, _ matches: Bool) {
    let payload = #"""
      {"a":1.50,"b":"x\"y","c":{"d":["one","two"], "e" : null},"t":true,"s":"true","z":0.0,"twice":1,"twice":2,"big":10e399,
      "n":"7","\u0065sc":"\u0061b"}
      """#
    let condition = FieldCondition(path: path.split(separator: ".").map(String.init), value: value)
    #expect(EventFilter(fields: [condition]).matches(.sample(payload: payload)) == matches)
  }
}
