import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct EventPurgeTests {
  private static func total(_ step: PurgeStep, from queries: PostgresQueries) async throws -> Int64 {
    var total: Int64 = 0
    var next: PurgeStep? = step
    while let step = next {
      let progress = try await queries.purge(step)
      total += progress.events
      next = progress.next
      try #require(next != step, "every piece goes on")
    }
    return total
  }

  /// Makes two groups of events of several topics.
  private static func commit(_ count: Int, to store: StoreFixture) async throws {
    for sequence in 1...2 {
      let events = (0..<count).map { number in
        var event = TestEvent(
          "\(sequence)-\(number)", topic: "t\(number % 3)", time: Int64(number) * 1_000_000,
          payload: #"{"n":\#(number % 7)}"#)
        event.source = number % 2 == 0 ? "even" : "odd"
        return event
      }
      _ = await store.commit(try IngestBatch(events, sequence: UInt64(sequence)))
    }
  }

  @Test(
    arguments: [
      (EventFilter(topics: .one("t1")), "topic = 't1'"), (EventFilter(topics: .prefix("t")), "true"),
      (EventFilter(source: "odd"), "source = 'odd'"),
      (EventFilter(since: 10_000_000), "ts >= to_timestamp(10)"),
      (EventFilter(fields: [FieldCondition(path: ["n"], value: "3")]), "payload->>'n' = '3'"),
      (EventFilter(since: 0, clock: .processedAt), "true"),
      (EventFilter(until: 0, clock: .processedAt), "false"),
      (EventFilter(eventID: "1-5"), "event_id = '1-5'"), (EventFilter(topics: .one("x\0")), "false"),
    ])
  func deletesTheEventsOfTheFilterAndCountsThem(_ filter: EventFilter, _ condition: String) async throws {
    try await StoreFixture.with { store in
      try await Self.commit(60, to: store)
      let expected = try await store.number("SELECT count(*) FROM events WHERE \(condition)")
      try await store.withQueries { queries in
        let counted = try await Self.total(PurgeStep(filter, isDryRun: true), from: queries)
        let stored = try await store.number("SELECT count(*) FROM events")
        let deleted = try await Self.total(PurgeStep(filter, isDryRun: false), from: queries)
        #expect(counted == Int64(expected))
        #expect(stored == 120)
        #expect(deleted == Int64(expected))
      }
      #expect(try await store.number("SELECT count(*) FROM events WHERE \(condition)") == 0)
      #expect(try await store.number("SELECT count(*) FROM events") == 120 - expected)
      #expect(try await store.number("SELECT sum(expired) FROM counters") == expected)
      let report = try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run()
      #expect(report.holds, "\(report.violations)")
    }
  }

  @Test func goesOnInPiecesWhenItsTimeIsSpent() async throws {
    try await StoreFixture.with { store in
      try await Self.commit(2_600, to: store)
      var settings = QuerySettings()
      settings.searchTime = .microseconds(1)
      try await store.withQueries(settings) { queries in
        let filter = EventFilter(topics: .prefix("t"))
        let first = try await queries.purge(PurgeStep(filter, isDryRun: true))
        #expect(first.next != nil)
        #expect(try await Self.total(PurgeStep(filter, isDryRun: false), from: queries) == 5_200)
      }
      #expect(try await store.number("SELECT sum(expired) FROM counters") == 5_200)
    }
  }

  /// The dedup cache must not count a deleted event as stored.
  @Test func aDeletedEventCanBeStoredAgain() async throws {
    try await StoreFixture.with { store in
      let events = TestEvent.unique(10)
      _ = await store.commit(try IngestBatch(events))
      try await store.withQueries { queries in
        let filter = EventFilter(topics: .one(events[0].topic))
        let deleted = try await Self.total(PurgeStep(filter, isDryRun: false), from: queries)
        #expect(deleted == 10)
      }
      _ = await store.commit(try IngestBatch(events, sequence: 2))
      #expect(try await store.number("SELECT count(*) FROM events") == 10)
    }
  }
}
