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
        let counted = try await Self.total(PurgeStep(filter, .count), from: queries)
        let stored = try await store.number("SELECT count(*) FROM events")
        let deleted = try await Self.total(PurgeStep(filter, .delete(atMost: .max)), from: queries)
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
        let first = try await queries.purge(PurgeStep(filter, .count))
        #expect(first.next != nil)
        #expect(try await Self.total(PurgeStep(filter, .delete(atMost: .max)), from: queries) == 5_200)
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
        let deleted = try await Self.total(PurgeStep(filter, .delete(atMost: .max)), from: queries)
        #expect(deleted == 10)
      }
      _ = await store.commit(try IngestBatch(events, sequence: 2))
      #expect(try await store.number("SELECT count(*) FROM events") == 10)
    }
  }

  /// Events that came after the count was confirmed stay, however the time of a piece divides the deletion.
  @Test(arguments: [Duration.microseconds(1), .milliseconds(250)])
  func stopsAtTheNumberThatItMayDelete(_ time: Duration) async throws {
    try await StoreFixture.with { store in
      try await Self.commit(60, to: store)
      var settings = QuerySettings()
      settings.searchTime = time
      try await store.withQueries(settings) { queries in
        let filter = EventFilter(topics: .prefix("t"))
        let none = try await Self.total(PurgeStep(filter, .delete(atMost: 0)), from: queries)
        let some = try await Self.total(PurgeStep(filter, .delete(atMost: 70)), from: queries)
        #expect(none == 0 && some == 70)
      }
      #expect(try await store.number("SELECT count(*) FROM events") == 50)
      #expect(try await store.number("SELECT sum(expired) FROM counters") == 70)
    }
  }

  @Test func keepsEventsThatAreStoredAfterTheCount() async throws {
    try await StoreFixture.with { store in
      try await Self.commit(10, to: store)
      try await store.withQueries { queries in
        let filter = EventFilter(topics: .prefix("t"))
        let counted = try await queries.purge(PurgeStep(filter, .count))
        let later = (0..<5).map { TestEvent("n\($0)", topic: "t9", payload: nil) }
        _ = await store.commit(try IngestBatch(later, sequence: 3))
        let deletion = PurgeStep(filter, before: counted.end, .delete(atMost: .max))
        let deleted = try await Self.total(deletion, from: queries)
        #expect(deleted == 20)
      }
      #expect(try await store.number("SELECT count(*) FROM events WHERE topic = 't9'") == 5)
    }
  }

  /// The primary key finds an event id, so the tiniest budget is enough.
  @Test func anEventIDNeedsOnePiece() async throws {
    try await StoreFixture.with { store in
      try await Self.commit(60, to: store)
      var settings = QuerySettings()
      settings.searchTime = .microseconds(1)
      try await store.withQueries(settings) { queries in
        let filter = EventFilter(topics: .one("t2"), eventID: "1-5")
        let counted = try await queries.purge(PurgeStep(filter, .count))
        let deleted = try await queries.purge(PurgeStep(filter, .delete(atMost: 9)))
        #expect(counted.events == 1 && counted.next == nil)
        #expect(deleted.events == 1 && deleted.next == nil)
      }
    }
  }

  /// The figures of topics come from the spans, so a deletion must correct them.
  @Test(arguments: EventIndex.allCases)
  func topicsHaveTheFiguresOfTheEventsThatAreLeft(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await Self.commit(60, to: store)
      try await store.withQueries { queries in
        for filter in [EventFilter(topics: .one("t1")), EventFilter(topics: .one("t2"), source: "odd")] {
          _ = try await Self.total(PurgeStep(filter, .delete(atMost: .max)), from: queries)
        }
        let list = try await queries.topicList()
        #expect(list.topics.map(\.name) == ["t0", "t2"] && list.topics.map(\.events) == [40, 20])
        #expect(try await queries.topicNames().names == ["t0", "t2"])
        let page = try await queries.events(matching: EventQuery(EventFilter(), limit: 100))
        #expect(page.events.count == 60, "the other events are found by the spans")
      }
      let report = try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run()
      #expect(report.holds, "\(report.violations)")
    }
  }
}
