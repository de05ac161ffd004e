import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import Storage

@Suite struct EventSearchTests {
  @Test(arguments: EventIndex.allCases)
  func returnsEveryFieldAsItWasSent(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      let payload = #"{ "a" : 1e2 , "ü": "\n" ,"a":[ ]}"#
      var event = TestEvent("id-1", topic: "tö", time: 1_767_322_245_123_456, payload: payload)
      event.source = "s'; DROP TABLE events"
      _ = await store.commit(try IngestBatch([event]))
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery())
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
        let found = try await queries.events(matching: EventQuery(topic: "t"))
        #expect(found.map(\.payload) == [nil, Array("null".utf8)])
        #expect(found.map(\.timestamp) == [-1, -2])
      }
    }
  }

  /// Random events with many equal times, of few and many topics, against a plain sort of them all.
  @Test(arguments: EventIndex.allCases, [1 as UInt64, 2, 3])
  func agreesWithASortOfEverything(index: EventIndex, seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let topics = [1, 7, 60][Int(seed) - 1]
    let now = Int64(try #require(Int64(try await clock())))
    let events = (0..<700).map { number in
      // Most lie within seconds, some far back, so that each window of time has its share.
      let span: Int64 = Int.random(in: 0..<5, using: &generator) < 3 ? 3 : 300_000_000
      let age = Int64.random(in: 0..<span, using: &generator)
      var event = TestEvent(
        "\(number % 300)", topic: "t\(Int.random(in: 0..<topics, using: &generator))",
        time: now - age * 1_000_000, payload: nil)
      event.source = "s\(Int.random(in: 0..<3, using: &generator))"
      return event
    }
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      _ = await store.commit(try IngestBatch(events))
      let stored = try await rows(of: store)
      try await store.withQueries { queries in
        for topic in [nil, "t0", "none"] {
          for source in [nil, "s1", "none"] {
            for limit in [1, 10, 1_000] {
              let query = EventQuery(topic: topic, source: source, limit: limit)
              let found = try await queries.events(matching: query)
              #expect(found.map(Row.init) == expected(query, among: stored), "\(query), seed \(seed)")
            }
          }
        }
      }
    }
  }

  @Test(arguments: [0, -5, 1_001, .max])
  func keepsALimitOutsideItsRangeWithinIt(limit: Int) async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch(TestEvent.unique(3)))
      try await store.withQueries { queries in
        let found = try await queries.events(matching: EventQuery(limit: limit))
        #expect(found.count == (limit > 0 ? 3 : 1))
      }
    }
  }

  @Test(arguments: ["'; DROP TABLE events; --", "$1", "%", "\\", "t\u{0}", "\u{FFFF}", ""])
  func takesAnyTextForAName(text: String) async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch([TestEvent("a")]))
      try await store.withQueries { queries in
        let byTopic = try await queries.events(matching: EventQuery(topic: text))
        let bySource = try await queries.events(matching: EventQuery(source: text))
        #expect(byTopic.isEmpty && bySource.isEmpty)
      }
      #expect(try await store.number("SELECT count(*) FROM events") == 1)
    }
  }

  private struct Row: Hashable {
    let topic: String
    let id: String
    let time: Int64

    init(_ event: StoredEvent) {
      self.topic = event.topic
      self.id = event.eventID
      self.time = event.timestamp
    }
  }

  private func clock() async throws -> String {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await SQL.value("SELECT (extract(epoch FROM now()) * 1000000)::bigint", on: conninfo)
    }
  }

  /// All that is stored, read without the code under test.
  private func rows(of store: StoreFixture) async throws -> [StoredEvent] {
    let rows = try await store.sql(
      "SELECT topic, event_id, (extract(epoch FROM ts) * 1000000)::bigint, source FROM events")
    return try rows.map { row in
      StoredEvent(
        topic: try #require(row[0]), eventID: try #require(row[1]),
        timestamp: try #require(row[2].flatMap { Int64($0) }), source: try #require(row[3]), payload: nil,
        processedAt: 0)
    }
  }

  private func expected(_ query: EventQuery, among stored: [StoredEvent]) -> [Row] {
    let matching = stored.filter { event in
      (query.topic.map { $0 == event.topic } ?? true) && (query.source.map { $0 == event.source } ?? true)
    }
    let sorted = matching.sorted {
      ($1.timestamp, $0.eventID, $0.topic) < ($0.timestamp, $1.eventID, $1.topic)
    }
    return sorted.prefix(query.limit).map(Row.init)
  }
}
