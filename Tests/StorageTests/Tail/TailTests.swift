import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// The live tail with a real Postgres.
@Suite struct TailTests {
  /// Returns the ids in a window, read page by page. `limit` is the maximum size of a page.
  private static func ids(
    _ queries: PostgresQueries, _ window: TailWindow, after: TailPlace? = nil, filters: [EventFilter] = [],
    limit: Int = TailReading.eventLimit
  ) async throws -> [TailEvent] {
    var reading = TailReading(window, after: after, filters: filters)
    var found: [TailEvent] = []
    while true {
      switch reading.next() {
      case .batches(let first):
        reading.received(
          try await queries.tailBatches(in: window, from: first, limit: TailReading.batchLimit))
      case .events(let page):
        let answer = try await queries.tailEvents(
          TailPage(
            batchIDs: page.batchIDs, after: page.after, filters: page.filters, limit: min(limit, page.limit)))
        found += answer.events
        reading.received(answer)
      case .end: return found
      }
    }
  }

  /// Rows of a dump that was restored into a younger cluster have transaction ids that this cluster has not
  /// reached yet. The ids lie a million ahead, and the window ends two million ahead, because other tests
  /// advance the same cluster meanwhile.
  @Test func rowsOfAnotherClusterAreNotShownAsNew() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await StoreFixture.with(database: conninfo) { store in
        _ = await store.commit(try IngestBatch([TestEvent("restored")]))
        try await store.sql(
          "UPDATE batches SET xid = ((pg_current_xact_id()::text)::bigint + 1000000)::text::xid8")
      }
      try await StoreFixture.with(database: conninfo) { store in
        try await store.withQueries { queries in
          let from = try await queries.tailPosition()
          _ = await store.commit(try IngestBatch([TestEvent("new")]))
          let end = try #require(from.horizon) + 2_000_000
          let to = TailPosition(snapshot: "\(end):\(end):", time: from.time, lineage: from.lineage)
          let found = try await Self.ids(queries, TailWindow(from: from.snapshot, to: to))
          #expect(found.map(\.event.eventID) == ["new"])
        }
      }
    }
  }

  @Test func aPositionNamesTheCluster() async throws {
    try await StoreFixture.with { store in
      let system = try await store.sql("SELECT system_identifier FROM pg_control_system()")[0][0] ?? ""
      try await store.withQueries { queries in
        let position = try await queries.tailPosition()
        #expect(position.lineage.hasPrefix("\(system)-"))
      }
    }
  }

  @Test func aWindowHoldsWhatWasCommittedWithinIt() async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch([TestEvent("before")]))
      try await store.withQueries { queries in
        let from = try await queries.tailPosition()
        let payload = #"{ "a" : 1 }"#
        _ = await store.commit(
          try IngestBatch([TestEvent("b", payload: payload), TestEvent("a", payload: nil)]))
        let to = try await queries.tailPosition()
        _ = await store.commit(try IngestBatch([TestEvent("after")]))
        let found = try await Self.ids(queries, TailWindow(from: from.snapshot, to: to))
        #expect(found.map(\.event.eventID) == ["a", "b"])
        #expect(found.map(\.event.payload) == [nil, Array(payload.utf8)])
        let empty = try await Self.ids(queries, TailWindow(from: to.snapshot, to: to))
        #expect(empty.isEmpty)
        #expect(from.lineage == to.lineage && from.time <= to.time && !from.lineage.isEmpty)
      }
    }
  }

  @Test func aLongTransactionOfSomebodyElseCostsNoLookAtTheLedger() async throws {
    try await StoreFixture.with { store in
      let stranger = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try stranger.execute("BEGIN; SELECT pg_current_xact_id()")
      try await store.sql(
        """
        DO $$ BEGIN
          FOR n IN 1..2000 LOOP
            -- Each of these has a number of its own, which counts as a transaction of the ledger here.
            BEGIN
              INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead)
              VALUES (n * 65536, gen_random_uuid(), 1, 1, 0, 0, 0, 0, 0);
            EXCEPTION WHEN division_by_zero THEN NULL;
            END;
          END LOOP;
          UPDATE batches SET xid = xmin::text::xid8;
        END $$;
        ANALYZE batches
        """)
      try await store.withQueries { queries in
        let from = try await queries.tailPosition()
        _ = await store.commit(try IngestBatch([TestEvent("e")]))
        let window = TailWindow(from: from.snapshot, to: try await queries.tailPosition())
        let connection = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
        try connection.execute("BEGIN")
        let found = try connection.query(
          TailStatements.batches(
            in: window, from: .min, limit: 10, within: .seconds(3_600)))
        #expect(found.count == 1)
        let looks = try connection.query(
          """
          SELECT pg_stat_get_xact_tuples_fetched('batches'::regclass)
            + pg_stat_get_xact_tuples_returned('batches'::regclass)
          """)
        #expect(looks.integer(0, 0) ?? .max < 100)
      }
      withExtendedLifetime(stranger) {}
    }
  }

  /// One transaction began before the window and ends in it. Another transaction stays open all the time.
  @Test func aLateCommitIsNotMissedAndAnOpenTransactionStopsNothing() async throws {
    try await StoreFixture.with { store in
      let stranger = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      let early = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try stranger.execute("BEGIN; SELECT pg_current_xact_id()")
      try early.execute(
        """
        BEGIN;
        INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead)
          VALUES (nextval('group_ids') * 65536, '\(ProducerID.test())', 1, 1, 0, 1, 1, 0, 0);
        INSERT INTO events (ts, batch_id, event_id, topic, source)
          VALUES (now(), currval('group_ids') * 65536, 'early', 't', 's')
        """)
      try await store.withQueries { queries in
        let first = try await queries.tailPosition()
        _ = await store.commit(try IngestBatch([TestEvent("quick")]))
        let second = try await queries.tailPosition()
        try early.execute("COMMIT")
        let third = try await queries.tailPosition()
        let one = try await Self.ids(queries, TailWindow(from: first.snapshot, to: second))
        let two = try await Self.ids(queries, TailWindow(from: second.snapshot, to: third))
        #expect(one.map(\.event.eventID) == ["quick"])
        #expect(two.map(\.event.eventID) == ["early"])
      }
      withExtendedLifetime(stranger) {}
    }
  }

  /// Reads many windows while several writers commit. Every event must be in exactly one window.
  @Test func everyEventIsInOneWindowWhileWritersCommit() async throws {
    try await StoreFixture.with(adjust: { $0.writers = 3 }) { store in
      let producers = (0..<4).map { _ in ProducerID.test() }
      for producer in producers { _ = try await store.register(producer) }
      try await store.withQueries { queries in
        var last = try await queries.tailPosition()
        let batches = try (1...25).flatMap { sequence in
          try producers.map { producer in
            try IngestBatch(
              (0..<7).map { TestEvent("\(producer)-\((sequence * 5 + $0) % 90)") }, from: producer,
              sequence: UInt64(sequence))
          }
        }
        store.offer(batches)
        var found: [TailEvent] = []
        var isDone = false
        while !isDone {
          isDone = store.outcomes.count == batches.count
          let next = try await queries.tailPosition()
          found += try await Self.ids(queries, TailWindow(from: last.snapshot, to: next), limit: 5)
          last = next
        }
        let stored = try await store.sql("SELECT batch_id, event_id FROM events ORDER BY 1, 2")
        #expect(found.count == stored.count)
        #expect(
          Set(found.map { "\($0.batchID) \($0.event.eventID)" })
            == Set(stored.map { "\($0[0] ?? "") \($0[1] ?? "")" }))
      }
    }
  }

  /// Reading that resumes at any place of a window returns the rest without repetition.
  @Test func readingGoesOnFromAnyPlace() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        let from = try await queries.tailPosition()
        for sequence in 1...4 {
          let events = ["x", "é", "e\u{301}"].flatMap { id in
            ["t", "u"].map { TestEvent("\(id)\(sequence)", topic: $0, payload: nil) }
          }
          _ = await store.commit(try IngestBatch(events, sequence: UInt64(sequence)))
        }
        let window = TailWindow(from: from.snapshot, to: try await queries.tailPosition())
        let all = try await Self.ids(queries, window)
        #expect(all.count == 24 && all.map(\.batchID) == all.map(\.batchID).sorted())
        for index in all.indices {
          let rest = try await Self.ids(queries, window, after: all[index].place, limit: 3)
          #expect(rest == Array(all[(index + 1)...]))
        }
      }
    }
  }

  @Test func theDatabaseLeavesOutWhatNobodyWants() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        let from = try await queries.tailPosition()
        var events = ["a.b", "a.c", "a%", "b", "'; --"].map { TestEvent($0, topic: $0, payload: nil) }
        events[0].source = "other"
        _ = await store.commit(try IngestBatch(events))
        let window = TailWindow(from: from.snapshot, to: try await queries.tailPosition())
        for (filters, expected) in [
          ([EventFilter(topics: .prefix("a."))], ["a.b", "a.c"]),
          ([EventFilter(topics: .prefix("a%"))], ["a%"]),
          ([EventFilter(source: "other"), EventFilter(topics: .one("b"))], ["a.b", "b"]),
          ([EventFilter(topics: .one("'; --"))], ["'; --"]),
        ] as [([EventFilter], [String])] {
          let found = try await Self.ids(queries, window, filters: filters)
          #expect(found.map(\.event.topic) == expected)
        }
      }
    }
  }

  @Test func aPageOfLargePayloadsIsCutAndGoneOnWith() async throws {
    try await StoreFixture.with { store in
      try await store.withQueries { queries in
        let from = try await queries.tailPosition()
        let payload = "\"" + String(repeating: "x", count: 100_000) + "\""
        _ = await store.commit(
          try IngestBatch((0..<9).map { TestEvent("\($0)", topic: "t", payload: payload) }))
        let window = TailWindow(from: from.snapshot, to: try await queries.tailPosition())
        let batches = try await queries.tailBatches(in: window, from: .min, limit: 10)
        let page = TailPage(batchIDs: batches.map(\.batchID), after: nil, filters: [], limit: 1_000)
        let first = try await queries.tailEvents(page)
        #expect(first.events.count == 2 && !first.isComplete)
        let all = try await Self.ids(queries, window)
        #expect(all.map(\.event.eventID) == (0..<9).map { "\($0)" })
      }
    }
  }

  /// The window begins at a forged position before the first transaction.
  @Test func aWindowThatSomebodyMadeUpHoldsNoMoreThanTheLedgerIsBoundToKeep() async throws {
    try await StoreFixture.with { store in
      _ = await store.commit(try IngestBatch([TestEvent("old")]))
      try await store.sql("UPDATE batches SET committed_at = now() - interval '2 hours'")
      _ = await store.commit(try IngestBatch([TestEvent("new")]))
      try await store.withQueries { queries in
        let to = try await queries.tailPosition()
        let found = try await Self.ids(queries, TailWindow(from: "1:1:", to: to))
        #expect(found.map(\.event.eventID) == ["new"])
      }
      var settings = QuerySettings()
      settings.ledgerKeep = .seconds(3 * 3_600)
      try await store.withQueries(settings) { queries in
        let to = try await queries.tailPosition()
        let found = try await Self.ids(queries, TailWindow(from: "1:1:", to: to))
        #expect(found.map(\.event.eventID) == ["old", "new"])
      }
    }
  }
}
