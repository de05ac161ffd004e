import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

@Suite struct DeadEventSearchTests {
  private static let one = ProducerID(high: 1, low: 1)
  private static let other = ProducerID(high: 1, low: 2)

  /// Adds rows of `dead_events` to a store: ten batches of two events, an hour apart, the last one at `base`.
  ///
  /// The topics are a.0 to a.4 and none, by turns; even batches are of the producer `one`.
  private func fill(_ store: StoreFixture) async throws {
    try await store.sql(
      """
      INSERT INTO dead_events (batch_id, position, reason, producer, sequence, at, topic, event_id, source, bytes,
        byte_count, republished_at)
      SELECT b * 65536, p, CASE p WHEN 0 THEN 'payload_syntax' ELSE 'topic_text' END,
        CASE b % 2 WHEN 0 THEN '\(Self.one)' ELSE '\(Self.other)' END::uuid, b,
        timestamptz '2026-01-02 10:00Z' - (9 - b) * interval '1 hour',
        CASE WHEN (2 * b + p) % 6 < 5 THEN 'a.' || (2 * b + p) % 6 END, b || '-' || p, 's' || p, '\\x78', 1,
        CASE b WHEN 3 THEN now() END
      FROM generate_series(0, 9) b, generate_series(0, 1) p
      """)
  }

  /// Returns the names of all dead events that a query finds, page by page.
  /// - Parameter slice: Number of rows that a page looks at.
  private func names(
    _ query: DeadEventQuery, slice: Int, over connection: PostgresConnection
  ) throws -> [String] {
    var (query, names, pages) = (query, [String](), 0)
    repeat {
      let page = try DeadEventSearch(query, slice: slice).run(over: connection)
      #expect(page.events.count <= query.limit)
      names += page.events.map { "\($0.place.batchID >> 16)-\($0.place.position)" }
      query.after = page.next
      pages += 1
    } while query.after != nil && pages < 100
    return names
  }

  /// The time of a batch of `fill`, in microseconds since 1970.
  private static func time(_ batch: Int64) -> Int64 { 1_767_348_000_000_000 - (9 - batch) * 3_600_000_000 }

  private static let all = (0...9).flatMap { ["\($0)-0", "\($0)-1"] }

  static let queries: [(change: @Sendable (inout DeadEventQuery) -> Void, names: [String])] = [
    ({ _ in }, all), ({ $0.topics = .one("a.1") }, ["0-1", "3-1", "6-1", "9-1"]),
    ({ $0.topics = .prefix("a.") }, all.filter { !["2-1", "5-1", "8-1"].contains($0) }),
    ({ $0.topics = .prefix("b") }, []), ({ $0.topics = .one("a\0") }, []),
    ({ $0.source = "s0" }, all.filter { $0.hasSuffix("-0") }),
    ({ $0.reason = "topic_text" }, all.filter { $0.hasSuffix("-1") }),
    ({ $0.producer = one }, all.filter { ["0", "2", "4", "6", "8"].contains($0.prefix(1)) }),
    ({ $0.republished = true }, ["3-0", "3-1"]),
    ({ $0.republished = false }, all.filter { !$0.hasPrefix("3") }),
    (
      { $0.permitted = PermittedTopics(names: ["a.0"], prefixes: ["a.4"]) },
      [
        "0-0", "2-0", "3-0", "5-0", "6-0", "8-0", "9-0",
      ]
    ),
    ({ $0.since = time(8) }, ["8-0", "8-1", "9-0", "9-1"]), ({ $0.until = time(1) }, ["0-0", "0-1"]),
    ({ ($0.since, $0.until) = (time(4), time(5)) }, ["4-0", "4-1"]),
    ({ ($0.since, $0.until) = (time(5), time(4)) }, []), ({ $0.since = .max }, []), ({ $0.until = .min }, []),
    ({ ($0.since, $0.until) = (.min, .max) }, all),
    ({ ($0.reason, $0.producer) = ("topic_text", other) }, ["1-1", "3-1", "5-1", "7-1", "9-1"]),
  ]

  @Test func findsTheDeadEventsOfAQueryInBothOrdersOnPagesOfAnySize() async throws {
    try await StoreFixture.with { store in
      try await fill(store)
      let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      for (number, (change, expected)) in Self.queries.enumerated() {
        for (limit, slice) in [(100, 10_000), (1, 10_000), (3, 4), (2, 2), (1, 1), (7, 20)] {
          var query = DeadEventQuery(limit: limit)
          change(&query)
          let found = try names(query, slice: slice, over: connection)
          #expect(found == expected.reversed(), "query \(number), \(limit) of \(slice)")
          query.order = .oldestFirst
          let reverse = try names(query, slice: slice, over: connection)
          #expect(reverse == expected, "query \(number), \(limit) of \(slice), oldest first")
        }
      }
    }
  }

  @Test func findsNothingInAnEmptyTable() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        var query = DeadEventQuery(limit: 1)
        query.since = 0
        let page = try await queries.deadEvents(query)
        #expect(page == DeadEventPage(events: [], next: nil))
      }
    }
  }

  @Test func aMarkIsSetOnceAndEndsFurtherAttempts() async throws {
    try await StoreFixture.with { store in
      let events = [
        TestEvent("a", payload: String(repeating: "x", count: 20_000)), TestEvent("b", payload: "x"),
      ]
      let dead = events.indices.map { DeadEvent(position: $0, reason: .quarantined) }
      _ = await store.commit(try IngestBatch(events, dead: dead))
      try await store.sql("UPDATE dead_events SET retry_at = now() + interval '1 hour'")
      try await store.withQueries { queries in
        let listed = try await queries.deadEvents(DeadEventQuery(limit: 10)).events
        #expect(listed.map(\.bytes.count) == [1, 8_192] && listed.allSatisfy { $0.republishedAt == nil })
        let place = try #require(listed.last?.place)
        let whole = try await queries.deadEvent(at: place)
        #expect(whole?.bytes.count == 20_000 && whole?.eventID == "a")
        let time = try #require(try await queries.markRepublished(place))
        let again = try await queries.markRepublished(place)
        #expect(again == nil)
        let marked = try await queries.deadEvent(at: place)
        #expect(marked?.republishedAt == time)
        let unknown = try await queries.markRepublished(DeadEventPlace(batchID: 1, position: 0))
        #expect(unknown == nil)
        #expect(try await store.number("SELECT count(*) FROM dead_events WHERE retry_at IS NULL") == 1)
        #expect(try await store.violations() == [])
      }
    }
  }

  @Test func aRoleThatMayNotMarkIsToldBeforeAnEventIsStored() async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(
        try IngestBatch(
          [TestEvent("a", payload: "x")], dead: [DeadEvent(position: 0, reason: .payloadSyntax)]))
      let role = "marking_\(UInt32.random(in: .min ... .max))"
      try await store.sql(
        "CREATE ROLE \(role); GRANT USAGE ON SCHEMA sluice TO \(role); GRANT SELECT ON dead_events TO \(role)"
      )
      let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try connection.execute("SET ROLE \(role)")
      let place = try #require(
        try DeadEventSearch(DeadEventQuery(limit: 1)).run(over: connection).events.first?.place)
      let before = try DeadEventRow.read(place, over: connection)
      #expect(before?.mayMark == false)
      try await store.sql("GRANT UPDATE ON dead_events TO \(role)")
      let after = try DeadEventRow.read(place, over: connection)
      #expect(after?.mayMark == true)
      try await store.sql("DROP OWNED BY \(role); DROP ROLE \(role)")
    }
  }
}
