import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct EventSearchTests {
  @Test(arguments: EventIndex.allCases)
  func returnsEveryFieldAsItWasSent(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      let payload = #"{ "a" : 1e2 , "ü": "\n" ,"a":[ ]}"#
      var event = TestEvent("id-1", topic: "tö", time: 1_767_322_245_123_456, payload: payload)
      event.source = "s'; DROP TABLE events"
      _ = await store.commit(try IngestBatch([event]))
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery()).events
        #expect(found.count == 1)
        let first = try #require(found.first)
        #expect(first.topic == "tö" && first.eventID == "id-1" && first.source == event.source)
        #expect(first.timestamp == 1_767_322_245_123_456)
        #expect(first.payload == Array(payload.utf8))
        let processed = try await store.number(
          "SELECT (extract(epoch FROM processed_at) * 1000000)::bigint FROM events")
        #expect(first.processedAt == Int64(processed))
      }
    }
  }

  @Test func tellsAbsentPayloadsFromNullAndReadsTimesBefore1970() async throws {
    try await StoreFixture.with { store in
      let events = [
        TestEvent("a", topic: "t", time: -1, payload: nil),
        TestEvent("b", topic: "t", time: -2, payload: "null"),
      ]
      _ = await store.commit(try IngestBatch(events))
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery(topic: "t")).events
        #expect(found.map(\.payload) == [nil, Array("null".utf8)])
        #expect(found.map(\.timestamp) == [-1, -2])
      }
    }
  }

  /// Runs a thousand random queries over random events with many equal times, of few and many topics, and
  /// compares the answers with those of a plain sort of all events.
  @Test(arguments: EventIndex.allCases, [1 as UInt64, 2, 3])
  func agreesWithASortOfEverything(index: EventIndex, seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let events = try await randomEvents(700, topics: [1, 7, 60][Int(seed) - 1], using: &generator)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      _ = await store.commit(try IngestBatch(events))
      let oracle = try await EventOracle(store)
      try await store.withQueries { queries in
        for _ in 0..<112 {
          let query = oracle.query(using: &generator)
          let page = try await queries.events(matching: query)
          let expected = oracle.answer(to: query)
          #expect(page.references == expected.events, "\(query), seed \(seed)")
          #expect(page.hasMore == expected.hasMore, "\(query), seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: EventIndex.allCases, EventQuery.Order.allCases)
  func pagesTogetherAreEverythingOnce(index: EventIndex, order: EventQuery.Order) async throws {
    var generator = SeededGenerator(seed: 4)
    let events = try await randomEvents(300, topics: 5, using: &generator)
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      _ = await store.commit(try IngestBatch(events))
      let oracle = try await EventOracle(store)
      try await store.withQueries { queries in
        var query = EventQuery(order: order, limit: 37)
        var found: [EventReference] = []
        while true {
          let page = try await queries.events(matching: query)
          found += page.references
          query.after = page.events.last?.position
          guard page.hasMore else { break }
        }
        #expect(found == oracle.answer(to: EventQuery(order: order, limit: 1_000)).events)
      }
    }
  }

  @Test func findsAnEventIDInEveryTopic() async throws {
    try await StoreFixture.with { store in
      let events = ["a", "b", "c"].flatMap { topic in
        ["1", "2"].map { TestEvent($0, topic: topic, payload: nil) }
      }
      _ = await store.commit(try IngestBatch(events))
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery(eventID: "2", limit: 2))
        #expect(found.events.map(\.topic) == ["c", "b"] && found.hasMore)
        let one = try await queries.events(matching: EventQuery(topic: "a", eventID: "2"))
        #expect(one.events.map(\.eventID) == ["2"] && !one.hasMore)
      }
    }
  }

  @Test func findsAnEventByItsKey() async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch([TestEvent("1", topic: "t", payload: "{ }")]))
      try await store.withQueries { queries in
        let event = try await queries.event(EventKey(topic: "t", eventID: "1"))
        #expect(event?.payload == Array("{ }".utf8))
        for key in [EventKey(topic: "1", eventID: "t"), EventKey(topic: "t\0", eventID: "1")] {
          let other = try await queries.event(key)
          #expect(other == nil)
        }
      }
    }
  }

  /// Two texts that are equal in Swift but have different bytes are two keys.
  @Test func keepsCanonicallyEquivalentKeysApart() async throws {
    try await StoreFixture.with { store in
      let events = ["\u{E9}", "e\u{301}"].map { TestEvent($0, topic: "t", payload: nil) }
      _ = await store.commit(try IngestBatch(events))
      try await store.withQueries { queries in
        var query = EventQuery(limit: 1)
        let first = try await queries.events(matching: query)
        query.after = first.events.last?.position
        let second = try await queries.events(matching: query)
        #expect(first.references.map(\.eventID) == [Array("\u{E9}".utf8)] && first.hasMore)
        #expect(second.references.map(\.eventID) == [Array("e\u{301}".utf8)] && !second.hasMore)
      }
    }
  }

  @Test(arguments: [(1, 1), (199, 1), (200, 2), (300, 3), (301, 3), (499, 4), (500, 5), (10_000, 10)])
  func pageEndsWhereItsPayloadsReachTheBound(bytes: Int, count: Int) async throws {
    try await StoreFixture.with { store in
      let payload = "\"" + String(repeating: "x", count: 98) + "\""
      _ = await store.commit(
        try IngestBatch((0..<10).map { TestEvent("\($0)", topic: "t", payload: payload) }))
      var settings = QuerySettings.unhurried
      settings.pageBytes = bytes
      try await store.withQueries(settings) { queries in
        let page = try await queries.events(matching: EventQuery(order: .oldestFirst, limit: 10))
        #expect(page.events.map(\.eventID) == (0..<count).map { "\($0)" })
        #expect(page.hasMore == (count < 10))
      }
    }
  }

  @Test(arguments: [0, -5, 1_001, .max])
  func keepsALimitOutsideItsRangeWithinIt(limit: Int) async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch(TestEvent.unique(3)))
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery(limit: limit)).events
        #expect(found.count == (limit > 0 ? 3 : 1))
      }
    }
  }

  @Test(arguments: ["'; DROP TABLE events; --", "$1", "%", "\\", "t\u{0}", "\u{FFFF}", ""])
  func takesAnyTextForAName(text: String) async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch([TestEvent("a")]))
      try await store.withQueries { queries in
        let byTopic = try await queries.events(matching: EventQuery(topic: text)).events
        let bySource = try await queries.events(matching: EventQuery(source: text)).events
        let byID = try await queries.events(matching: EventQuery(eventID: text)).events
        let position = EventPosition(timestamp: .max, eventID: text, topic: text)
        _ = try await queries.events(matching: EventQuery(after: position))
        #expect(byTopic.isEmpty && bySource.isEmpty && byID.isEmpty)
      }
      #expect(try await store.number("SELECT count(*) FROM events") == 1)
    }
  }

  /// Makes random events. Most have times within seconds and some are much older, so that each time window
  /// has events.
  private func randomEvents(
    _ count: Int, topics: Int, using generator: inout SeededGenerator
  ) async throws -> [TestEvent] {
    let now = try #require(Int64(try await clock()))
    return (0..<count).map { number in
      let span: Int64 = Int.random(in: 0..<5, using: &generator) < 3 ? 3 : 300_000
      let age = Int64.random(in: 0..<span, using: &generator)
      var event = TestEvent(
        "\(number % (count / 2))", topic: "t\(Int.random(in: 0..<topics, using: &generator))",
        time: now - age * 1_000_000, payload: nil)
      event.source = "s\(Int.random(in: 0..<3, using: &generator))"
      return event
    }
  }

  private func clock() async throws -> String {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await SQL.value("SELECT (extract(epoch FROM now()) * 1000000)::bigint", on: conninfo)
    }
  }
}
