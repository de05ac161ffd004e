import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct PostgresAuditTests {
  @Test func holdsForAnEmptyStore() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        let report = try await queries.audit()
        #expect(report.holds)
        #expect(report.findings.counters.received == 0)
      }
    }
  }

  @Test func holdsAfterUniqueDuplicateAndDeadEvents() async throws {
    try await StoreFixture.with { store in
      try await fill(store)
      try await store.withQueries { queries in
        let report = try await queries.audit()
        #expect(report.violations == [])
        #expect(report.findings.events == 20 && report.findings.deadEvents == 1)
        let counts = AuditReport.Counts(received: 31, unique: 20, duplicate: 10, dead: 1)
        #expect(report.findings.counters == counts && report.findings.ledger == counts)
      }
    }
  }

  @Test func holdsAfterTheLedgerWasPrunedAndEventsExpired() async throws {
    try await StoreFixture.with { store in
      try await fill(store)
      try await store.sql(
        """
        INSERT INTO producers (producer, owner, name) SELECT DISTINCT producer, '', '' FROM batches
          ON CONFLICT DO NOTHING;
        WITH d AS (DELETE FROM batches WHERE sequence = 1 RETURNING *)
        UPDATE producers p
          SET received = d.received, unique_ = d.unique_, duplicate = d.duplicate, dead = d.dead
          FROM d WHERE d.producer = p.producer;
        WITH d AS (DELETE FROM events WHERE event_id = (SELECT min(event_id) FROM events) RETURNING 1)
        UPDATE counters SET expired = (SELECT count(*) FROM d) WHERE shard = 0
        """)
      try await store.withQueries { queries in
        let report = try await queries.audit()
        #expect(report.violations == [])
      }
    }
  }

  /// Each damage violates the equation that must detect it.
  @Test(arguments: [
    ("UPDATE counters SET unique_ = unique_ + 1 WHERE shard = 3", AuditReport.Law.countersBalance),
    ("UPDATE counters SET received = received + 1 WHERE shard = 3", .ledgerReceived),
    ("UPDATE counters SET unique_ = unique_ - 1 WHERE shard = 3", .ledgerUnique),
    ("UPDATE counters SET duplicate = duplicate - 1 WHERE shard = 3", .ledgerDuplicate),
    ("UPDATE counters SET dead = dead - 1 WHERE shard = 3", .ledgerDead),
    ("DELETE FROM events WHERE event_id = (SELECT min(event_id) FROM events)", .eventsStored),
    ("DELETE FROM dead_events", .deadEventsKept),
    ("UPDATE producers SET received = received + 1", .producerBalance),
    ("UPDATE events SET batch_id = (SELECT max(batch_id) FROM events)", .producerStored),
    ("DELETE FROM batches WHERE sequence = 1", .ledgerUnique),
    ("DELETE FROM topic_spans WHERE topic <> ''", .eventsInSpans),
    ("DELETE FROM topic_spans WHERE topic = ''", .eventsInSpans),
    ("UPDATE topic_spans SET min_ts = 'epoch', max_ts = 'epoch'", .eventsInSpans),
  ])
  func findsWhatWasTamperedWith(damage: String, law: AuditReport.Law) async throws {
    try await StoreFixture.with { store in
      try await fill(store)
      try await store.sql(damage)
      try await store.withQueries { queries in
        let report = try await queries.audit()
        #expect(!report.holds)
        #expect(report.violations.contains { $0.law == law }, "\(report.violations)")
      }
    }
  }

  @Test(arguments: [EventIndex.none, .btree])
  func asksForNoSpansWhereThereIsAnotherIndex(index: EventIndex) async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = index }) { store in
      try await fill(store)
      #expect(try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run().holds)
    }
  }

  @Test func saysInOneLineThatThereIsNoSchema() async throws {
    try await withConnection { connection in
      let error = await #expect(throws: QueryError.self) {
        _ = try await PostgresAudit(connection.settings).run()
      }
      #expect(error?.description.hasPrefix("there is no schema sluice in this database") == true)
    }
  }

  @Test func namesTheProducerThatIsWrong() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = await store.commit(try IngestBatch(TestEvent.unique(3), from: producer))
      try await store.sql("DELETE FROM events WHERE event_id = (SELECT min(event_id) FROM events)")
      try await store.withQueries { queries in
        let report = try await queries.audit()
        let violation = AuditReport.Violation(.producerStored, producer: producer, expected: 3, found: 2)
        #expect(report.violations.contains(violation))
        #expect(violation.description == "producer_stored of \(producer): 2 instead of 3")
      }
    }
  }

  @Test func holdsInEverySnapshotWhileWritersWork() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let batches = try (1...40).map { try IngestBatch(TestEvent.unique(200), from: producer, sequence: $0) }
      store.offer(batches)
      try await store.withQueries { queries in
        var audited: Int64 = 0
        repeat {
          let report = try await queries.audit()
          #expect(report.violations == [])
          audited = report.findings.events
        } while audited < 8_000
      }
    }
  }

  /// Commits three batches of two producers: 20 unique events, 10 duplicates and 1 dead event.
  private func fill(_ store: StoreFixture) async throws {
    let (one, two) = (ProducerID.test(), ProducerID.test())
    let events = TestEvent.unique(10)
    for producer in [one, two] { _ = try await store.register(producer) }
    _ = await store.commit(try IngestBatch(events, from: one))
    _ = await store.commit(try IngestBatch(events, from: two))
    let dead = [DeadEvent(position: 0, reason: .payloadSyntax)]
    _ = await store.commit(try IngestBatch(TestEvent.unique(11), from: two, sequence: 2, dead: dead))
  }
}
