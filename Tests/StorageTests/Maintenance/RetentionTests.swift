import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import Base
@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct RetentionTests {
  private func keepEvents(_ seconds: Int, _ store: StoreFixture) async throws -> Int {
    try await store.maintain { $0.eventsKeep = .seconds(seconds) }.expiredEvents
  }

  @Test func deletesEventsByTheTimeTheyWereStored() async throws {
    try await StoreFixture.with { store in
      let events = TestEvent.unique(10)
      _ = await store.commit(try IngestBatch(events))
      try await store.sql(
        """
        UPDATE events SET processed_at = processed_at - interval '2 hours'
        WHERE event_id IN (SELECT event_id FROM events ORDER BY event_id LIMIT 4)
        """)
      #expect(try await keepEvents(3_600, store) == 4)
      #expect(try await store.number("SELECT count(*) FROM events") == 6)
      #expect(try await store.number("SELECT sum(expired) FROM counters") == 4)
      // An event is stored once within its retention only.
      #expect(try await store.commit(IngestBatch(events)) == .committed(unique: 4, duplicate: 6))
      #expect(try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run().holds)
    }
  }

  /// A range of blocks that is freed in parts takes new rows beside the old ones, and its summary then matches
  /// all groups between them.
  @Test func oldEventsWaitForYoungerOnesOfTheirBlocksButNotForLong() async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch(TestEvent.unique(10)))
      let some = "(SELECT event_id FROM events ORDER BY event_id LIMIT 4)"
      try await store.sql(
        "UPDATE events SET processed_at = now() - interval '61 minutes' WHERE event_id IN \(some)")
      #expect(try await keepEvents(3_600, store) == 0, "six events are young, and the wait is two minutes")
      try await store.sql(
        "UPDATE events SET processed_at = now() - interval '62 minutes 1 second' WHERE event_id IN \(some)")
      #expect(try await keepEvents(3_600, store) == 4, "the wait is over")
      try await store.sql("UPDATE events SET processed_at = now() - interval '60 minutes 1 second'")
      #expect(try await keepEvents(3_600, store) == 6, "all events are old")
    }
  }

  @Test func deletesTheSpansOfGroupsThatAreGoneLaterThanTheirEvents() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      for sequence in 1...3 {
        _ = await store.commit(try IngestBatch(TestEvent.unique(20), sequence: UInt64(sequence)))
      }
      // The first group is older than the retention of events, and the second group also older than that of
      // spans.
      for table in ["events", "topic_spans"] {
        let group = table == "events" ? "batch_id / \(GroupStatements.batchesInGroup)" : "group_id"
        try await store.sql(
          """
          UPDATE \(table) SET processed_at = processed_at - (ARRAY['70 minutes', '3 hours'])[\(group)]::interval
          WHERE \(group) <= 2
          """)
      }
      #expect(try await keepEvents(3_600, store) == 40)
      let groups = try await store.sql("SELECT DISTINCT group_id FROM topic_spans ORDER BY 1")
      #expect(groups == [["1"], ["3"]])
      try await store.withQueries { queries in
        let page = try await queries.events(matching: EventQuery())
        #expect(page.events.count == 20)
      }
    }
  }

  @Test func keepsEverythingUnlessTold() async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch(TestEvent.unique(3)))
      try await store.sql("UPDATE events SET processed_at = now() - interval '99 years'")
      #expect(try await store.maintain() == MaintenanceCounts())
      #expect(try await store.number("SELECT purge FROM store") == 0)
    }
  }

  @Test func raisesTheGenerationOfDeletionsOnlyWhenItDeletes() async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch(TestEvent.unique(3)))
      #expect(try await keepEvents(3_600, store) == 0)
      #expect(try await store.number("SELECT purge FROM store") == 0)
      try await store.sql("UPDATE events SET processed_at = now() - interval '2 hours'")
      #expect(try await keepEvents(3_600, store) == 3)
      #expect(try await store.number("SELECT purge FROM store") > 0)
    }
  }

  /// Events that are older than the schema, have one time, or are spread over a year, are deleted a few
  /// thousand at a time.
  @Test(arguments: ["interval '3 years'", "interval '2 hours'", "n * interval '20 minutes'"])
  func deletesManyInSmallTransactions(_ age: String) async throws {
    try await StoreFixture.with { store in
      // Events for three times the block ranges of one transaction. A block has four events.
      let count = AgedTable.rangesAtOnce * Int(BlockSummaries.rangeBlocks) * 4 * 3
      try await store.sql(
        """
        INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source, payload)
        SELECT now(), now() - interval '2 hours' - \(age), 1, n, 't', 's', to_json(repeat('x', 1800))
        FROM generate_series(1, \(count)) AS g(n);
        UPDATE counters SET received = \(count), unique_ = \(count) WHERE shard = 0;
        UPDATE store SET created_at = now() - interval '1 year'
        """)
      #expect(try await keepEvents(3_600, store) == count)
      #expect(try await store.number("SELECT expired FROM counters WHERE shard = 0") == count)
      #expect(try await store.number("SELECT purge FROM store") >= 3)
      #expect(try await store.number("SELECT count(*) FROM events") == 0)
    }
  }

  /// The summaries of reused blocks must not grow from round to round. Otherwise a page of one group would
  /// read half the table after some rounds.
  @Test func aPageCostsTheSameAfterManyCyclesOfStoringAndDeleting() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("ALTER TABLE events SET (autovacuum_enabled = off)")
      let kept = 6
      var summaries = BlockSummaries()
      var costs: [Int: (page: Int, blocks: Int64)] = [:]
      for cycle in 1...60 {
        // Fills two block ranges. Each cycle is one minute of yesterday.
        try connection.execute(
          """
          INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source, payload)
          SELECT now(), now() - interval '1 day' + \(cycle) * interval '1 minute', \(cycle), '\(cycle)-' || n, 't',
            's', to_json(repeat('x', 1000)) FROM generate_series(1, 1800) AS g(n)
          """)
        _ = try summaries.summarise(
          blocks: connection.eventBlocks(), over: connection, until: StopSignal())
        var settings = MaintenanceSettings()
        settings.eventsKeep = .seconds(86_400 - (cycle - kept) * 60 - 30)
        _ = try await PostgresMaintenance(connection.settings, settings).run()
        if cycle == 8 || cycle == 60 {
          // Sums over all groups, because a single group may be in two block ranges or in five.
          let pages = try (cycle - kept + 1...cycle).map { try pageCost(of: $0, connection) }
          costs[cycle] = (pages.reduce(0, +), try connection.eventBlocks())
        }
      }
      let (early, late) = (try #require(costs[8]), try #require(costs[60]))
      let range = Int(BlockSummaries.rangeBlocks)
      #expect(late.page <= early.page * 13 / 10 + kept * range, "\(late) after \(early)")
      #expect(late.blocks <= early.blocks * 13 / 10, "\(late) after \(early)")
      let rows = try #require(try connection.query("SELECT count(*) FROM events").integer(0, 0))
      // The oldest rows wait for the younger rows of the same blocks.
      #expect((kept * 1_800...(kept + 1) * 1_800).contains(Int(rows)))
    }
  }

  /// Returns the number of heap blocks that a page of one group's events reads through the BRIN index.
  private func pageCost(of group: Int, _ connection: PostgresConnection) throws -> Int {
    let results = try connection.execute(
      """
      SET enable_seqscan = off;
      EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT ts, event_id FROM (
        SELECT * FROM events WHERE batch_id >= \(group) AND batch_id < \(group) + 1 OFFSET 0) AS e
      ORDER BY ts LIMIT 100
      """)
    let plan = try #require(results.last)
    let lines = (0..<plan.rowCount).compactMap { plan.string($0, 0) }
    let blocks = try #require(lines.first { $0.contains("Heap Blocks:") }, "\(lines)")
    return blocks.split(separator: "=").dropFirst().reduce(0) { $0 + (Int($1.prefix { $0.isNumber }) ?? 0) }
  }

  @Test func saysThatItIsBehindUntilItIsNot() async throws {
    try await StoreFixture.with(adjust: { $0.maintenance.eventsKeep = .seconds(1) }) { store in
      var patient = ConnectionSettings(conninfo: store.conninfo)
      // On a busy machine the first round comes late, and the lock must last until then.
      patient.idleInTransactionTimeout = .seconds(600)
      let other = try PostgresConnection(patient)
      // Readers go on, and nobody deletes.
      try other.execute("BEGIN; LOCK TABLE counters IN EXCLUSIVE MODE")
      try await store.sql(
        """
        INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source)
        VALUES (now(), now() - interval '2 minutes', 1, 'e', 't', 's')
        """)
      // Every round reads the last 300 s again, so the event is found whichever round is the first after it.
      let problem = try await store.problem(.retention)
      #expect(problem.reason.contains("after their age"), "\(problem)")
      let since = try #require(store.activity.snapshot().overdueSince)
      #expect(since.duration(to: .now) > .seconds(100))
      try other.execute("ROLLBACK")
      try await waitUntil { store.activity.snapshot().overdueSince == nil }
      try await waitUntil {
        store.health.summary(of: QueueProgress(oldest: nil, settled: 0), at: .now).problems.isEmpty
      }
      #expect(try await store.number("SELECT count(*) FROM events") == 0)
    }
  }

  @Test func deletesDeadEventsOnRequest() async throws {
    try await StoreFixture.with { store in
      let dead = [DeadEvent(position: 0, reason: .payloadSyntax)]
      for sequence: UInt64 in 1...3 {
        _ = await store.commit(try IngestBatch(TestEvent.unique(2), sequence: sequence, dead: dead))
      }
      try await store.sql("UPDATE dead_events SET at = now() - interval '2 hours' WHERE sequence < 3")
      let counts = try await store.maintain { $0.deadEventsKeep = .seconds(3_600) }
      #expect(counts.expiredDeadEvents == 2 && counts.expiredEvents == 0)
      #expect(try await store.number("SELECT count(*) FROM dead_events") == 1)
      let report = try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run()
      #expect(report.holds && report.findings.expiredDead == 2)
    }
  }

  @Test func readsTheIndexWhateverTheStatisticsSay() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("SET enable_seqscan = off")
      let plan = try connection.execute(
        "EXPLAIN SELECT ctid FROM events WHERE processed_at >= 'epoch' AND processed_at < now() LIMIT 5000")[
          0]
      let text = (0..<plan.rowCount).compactMap { plan.string($0, 0) }.joined(separator: "\n")
      #expect(text.contains("events_batch_id"), "\(text)")
    }
  }
}
