import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import Storage

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
      // "Once" is once within retention.
      #expect(try await store.commit(IngestBatch(events)) == .committed(unique: 4, duplicate: 6))
      #expect(try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run().holds)
    }
  }

  @Test func deletesTheSpansOfGroupsThatAreGoneLaterThanTheirEvents() async throws {
    try await StoreFixture.with(adjust: { $0.schema.eventIndex = .spans }) { store in
      for sequence in 1...3 {
        _ = await store.commit(try IngestBatch(TestEvent.unique(20), sequence: UInt64(sequence)))
      }
      // The first group is older than events are kept, the second one also than their spans.
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

  /// Older than the schema, in one instant, and spread over a year: in any case a few thousand at a time.
  @Test(arguments: ["interval '3 years'", "interval '2 hours'", "n * interval '50 minutes'"])
  func deletesManyInSmallTransactions(_ age: String) async throws {
    try await StoreFixture.with { store in
      let count = AgeWindow.rows * 2 + 500
      try await store.sql(
        """
        INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source)
        SELECT now(), now() - interval '2 hours' - \(age), 1, n, 't', 's'
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
      #expect(text.contains("events_processed_at"), "\(text)")
    }
  }
}
