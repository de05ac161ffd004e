import Ingest
import Logging
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// Commits batches, and checks outcomes and rows.
@Suite struct PostgresStoreTests {
  @Test func storesEveryFieldOfAnEvent() async throws {
    try await StoreFixture.with { store in
      let event = TestEvent(
        "id-1", topic: "t", time: 1_767_322_245_123_456, payload: #"{ "a" : 1e2 , "ü": "\n" }"#)
      #expect(try await store.commit(IngestBatch([event])) == .committed(unique: 1))
      let rows = try await store.sql(
        "SELECT topic, event_id, source, payload, ts, processed_at > now() - interval '1 hour' FROM events")
      #expect(
        rows == [
          ["t", "id-1", "billing", #"{ "a" : 1e2 , "ü": "\n" }"#, "2026-01-02 02:50:45.123456+00", "t"]
        ])
    }
  }

  @Test func keepsAnAbsentPayloadApartFromNull() async throws {
    try await StoreFixture.with { store in
      let events = [TestEvent("absent", payload: nil), TestEvent("null", payload: "null")]
      #expect(try await store.commit(IngestBatch(events)) == .committed(unique: 2))
      let rows = try await store.sql("SELECT payload::text FROM events ORDER BY event_id")
      #expect(rows == [[nil], ["null"]])
    }
  }

  @Test(arguments: PayloadType.allCases)
  func storesPayloadsInTheTypeThatTheSchemaWasMadeWith(_ type: PayloadType) async throws {
    try await StoreFixture.with(adjust: { $0.schema.payloadType = type }) { store in
      #expect(try await store.commit(IngestBatch([TestEvent("a")])) == .committed(unique: 1))
      let rows = try await store.sql("SELECT pg_typeof(payload), payload ->> 'amount' FROM events")
      #expect(rows == [[type.rawValue, "1.50"]])
    }
  }

  @Test func countsDuplicatesWithinABatchAndAcrossBatches() async throws {
    try await StoreFixture.with { store in
      let events = TestEvent.unique(10)
      let first = try IngestBatch(events + events)
      #expect(await store.commit(first) == .committed(unique: 10, duplicate: 10))
      let second = try IngestBatch(events + TestEvent.unique(3))
      #expect(await store.commit(second) == .committed(unique: 3, duplicate: 10))
      #expect(try await store.violations() == [])
    }
  }

  @Test func takesTheSameIdInAnotherTopicForAnotherEvent() async throws {
    try await StoreFixture.with { store in
      let batch = try IngestBatch(["t1", "t2"].map { TestEvent("a", topic: $0, payload: nil) })
      #expect(await store.commit(batch) == .committed(unique: 2))
    }
  }

  @Test func keepsTheFirstOfEqualKeys() async throws {
    try await StoreFixture.with { store in
      let events = ["1", "2", "3"].map { TestEvent("same", payload: $0) }
      #expect(try await store.commit(IngestBatch(events)) == .committed(unique: 1, duplicate: 2))
      #expect(try await store.commit(IngestBatch([events[1]])) == .committed(duplicate: 1))
      let payloads = try await store.sql("SELECT payload FROM events")
      #expect(payloads == [["1"]])
    }
  }

  @Test func answersAReplayWithTheCountsOfThen() async throws {
    try await StoreFixture.with { store in
      let events = TestEvent.unique(10)
      let batch = try IngestBatch(events + events)
      #expect(await store.commit(batch) == .committed(unique: 10, duplicate: 10))
      #expect(await store.commit(batch) == .replayed(unique: 10, duplicate: 10))
      #expect(try await store.violations() == [])
      #expect(try await store.number("SELECT sum(received) FROM counters") == 20)
    }
  }

  @Test func refusesASequenceThatWasUsedForOtherBytes() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.commit(IngestBatch(TestEvent.unique(2), from: producer))
      let other = try IngestBatch(TestEvent.unique(2), from: producer)
      #expect(await store.commit(other) == .sequenceReused)
      #expect(try await store.number("SELECT count(*) FROM events") == 2)
      #expect(try await store.violations() == [])
    }
  }

  @Test func answersCountsUnknownAtAndBelowTheFloor() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let batches = try (1...3).map {
        try IngestBatch(TestEvent.unique(1), from: producer, sequence: $0)
      }
      for batch in batches { _ = await store.commit(batch) }
      // Prunes two batches in one statement.
      try await store.sql(
        """
        WITH gone AS (DELETE FROM batches WHERE sequence <= 2 RETURNING received, unique_)
        UPDATE producers SET floor = 2, received = 2, unique_ = 2, batches = 2
          WHERE name <> 'forgotten'
        """)
      #expect(await store.commit(batches[0]) == .countsUnknown)
      #expect(await store.commit(batches[1]) == .countsUnknown)
      #expect(await store.commit(batches[2]) == .replayed(unique: 1))
      #expect(try await store.violations() == [])
    }
  }

  @Test func registersAForgottenProducerAgainAsWhomItWas() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let origin = ProducerOrigin(owner: "alice", name: "billing", isSingleBatch: true)
      let batches = try (1...2).map {
        try IngestBatch(
          TestEvent.unique(1), from: producer, sequence: $0, session: 40 + Int64($0), origin: origin)
      }
      store.offer(batches)
      for batch in batches { #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 1)) }
      let rows = try await store.sql(
        "SELECT producer, owner, name, single_batch FROM producers WHERE name <> 'forgotten'")
      #expect(rows == [["\(producer)", "alice", "billing", "t"]])
      // The session is that of the producer's open connection, which therefore stays the newest.
      let session = try await store.number("SELECT session FROM producers WHERE name <> 'forgotten'")
      #expect(session == 41 || session == 42)
      #expect(try await store.register(producer, owner: "alice").session == Int64(session) + 1)
    }
  }

  @Test func saysThatANewerSessionExistsAndCommitsAllTheSame() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let first = try await store.register(producer)
      let second = try await store.register(producer)
      #expect(second.session > first.session)
      let batch = try IngestBatch(TestEvent.unique(1), from: producer, session: first.session)
      #expect(await store.commit(batch) == .committed(unique: 1))
      #expect(store.outcomes.newerSessions == [producer: second.session])
    }
  }

  @Test func numbersTheBatchesOfAGroupAfterTheGroup() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      // The first batch is committed alone. The others wait meanwhile and are committed as one group.
      let batches = try (1...20).map {
        try IngestBatch(TestEvent.unique(2_000), from: producer, sequence: $0)
      }
      store.offer(batches)
      for batch in batches { #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2_000)) }
      #expect(
        try await store.number(
          """
          SELECT count(*) FROM batches b WHERE (SELECT count(DISTINCT g.xid) FROM batches g
            WHERE g.batch_id / 65536 = b.batch_id / 65536) <> 1
          """) == 0)
      #expect(try await store.violations() == [])
    }
  }

  @Test func reportsWhatIsLeftWhenTheDrainRunsOutOfTime() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let queue = BatchQueue(limits: .standard)
      let store = PostgresStore(
        settings: StoreSettings(connection: ConnectionSettings(conninfo: conninfo)), queue: queue,
        activity: IngestActivity(), logger: .silent)
      try await store.start()
      // Writing is not allowed. This is a fault of the environment, and writers wait for its end.
      try await SQL.run(
        "ALTER TABLE sluice.events ADD CONSTRAINT closed CHECK (false)", on: conninfo)
      let outcomes = Outcomes()
      let batch = try IngestBatch(TestEvent.unique(1))
      _ = queue.offer(batch, observer: outcomes)
      queue.close()
      #expect(await store.stop(within: .milliseconds(300)) == 1)
      #expect(outcomes.count == 0)
    }
  }
}
