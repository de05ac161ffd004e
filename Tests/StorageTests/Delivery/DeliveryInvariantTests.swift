import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// Invariants of delivery, each with its number in the rules of delivery. `DeliveryPropertyTests` searches
/// for violations at random.
@Suite struct DeliveryInvariantTests {
  @Test("1: a batch is answered as committed after COMMIT, with the durability that WELCOME names")
  func saysCommittedAfterCommit() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      // COMMIT records its setting of `synchronous_commit`, and then waits for this lock.
      try await store.sql("CREATE TABLE durability (setting text)")
      try await store.sabotageCommit(
        "INSERT INTO sluice.durability VALUES (current_setting('synchronous_commit')); "
          + "PERFORM pg_advisory_xact_lock(7)")
      let gate = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try gate.execute("SELECT pg_advisory_lock(7)")
      let session = try await store.register(producer)
      let batch = try IngestBatch(TestEvent.unique(2), from: producer, session: session.session)
      store.offer(batch)
      try await store.waitUntil(
        """
        SELECT count(*) = 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE datname = current_database() AND locktype = 'advisory' AND objid = 7 AND NOT granted
        """)
      #expect(store.outcomes.count == 0)
      try gate.execute("SELECT pg_advisory_unlock(7)")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
      let setting = try await store.sql("SELECT setting FROM durability")[0][0] ?? ""
      #expect(session.durability.synchronousCommit == .init(setting: setting))
    }
  }

  @Test("2: one transaction counts a batch; later answers have the same counts or say that they are unknown")
  func countsABatchOnce() async throws {
    try await withTwoServers { first, second in
      let producer = ProducerID.test()
      let batch = try IngestBatch(TestEvent.unique(3), from: producer)
      first.offer(batch)
      second.offer(batch)
      let outcomes = [
        await first.outcomes.outcome(of: batch), await second.outcomes.outcome(of: batch),
      ]
      #expect(Set(outcomes) == [.committed(unique: 3), .replayed(unique: 3)])
      try await first.commit(2...2, base: 2, from: producer)
      try await first.age("2 hours")
      #expect(try await first.maintain().prunedBatches == 1)
      for server in [first, second] { #expect(await server.commit(batch) == .countsUnknown) }
      #expect(try await first.number("SELECT sum(received) FROM counters") == 4)
    }
  }

  @Test("3: a key has one row, and only the batch that the row names counts the event as unique")
  func storesAKeyOnce() async throws {
    try await withTwoServers { first, second in
      let events = TestEvent.unique(300)
      let batches = try (0..<10).map { try IngestBatch(Array(events[$0 * 20..<$0 * 20 + 120])) }
      for (number, batch) in batches.enumerated() { (number % 2 == 0 ? first : second).offer(batch) }
      var counted: [String: Int] = [:]
      for (number, batch) in batches.enumerated() {
        let outcome = await (number % 2 == 0 ? first : second).outcomes.outcome(of: batch)
        counted["\(batch.key.producer)"] = Int(try #require(outcome.counts).unique)
      }
      let rows = try await first.sql(
        """
        SELECT b.producer, count(e.event_id) FROM batches b LEFT JOIN events e USING (batch_id)
        GROUP BY b.producer
        """)
      let stored = rows.reduce(into: [String: Int]()) { $0[$1[0] ?? ""] = $1[1].flatMap { Int($0) } }
      #expect(stored == counted && stored.values.reduce(0, +) == 300)
    }
  }

  @Test("4: the sums agree in every snapshot")
  func balancesInEverySnapshot() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let auditor = PostgresAudit(ConnectionSettings(conninfo: store.conninfo))
      let auditing = Task {
        var audits = 0
        while !Task.isCancelled || audits == 0 {
          let report = try await auditor.run()
          #expect(report.violations == [])
          audits += 1
        }
      }
      for sequence in stride(from: UInt64(1), through: 60, by: 3) {
        try await store.commit(sequence...sequence + 2, base: sequence, from: producer)
        try await store.maintain {
          $0.ledgerKeep = .milliseconds(1)
          $0.eventsKeep = .milliseconds(20)
        }
      }
      auditing.cancel()
      try await auditing.value
    }
  }

  @Test("5: each sequence at or below the floor is committed or below a declared base; neither number falls")
  func keepsFloorAndBase() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      var floors: [Int] = []
      // The producer gave number 2 up: a later base is above 2.
      for (sequence, base) in [(1, 1), (3, 3), (4, 2), (5, 5), (6, 1)] as [(UInt64, UInt64)] {
        try await store.commit(sequence...sequence, base: base, from: producer)
        try await store.age("2 hours")
        try await store.maintain()
        floors.append(try await store.number("SELECT floor FROM producers WHERE name <> 'forgotten'"))
      }
      #expect(floors == [0, 2, 2, 4, 4])
      let late = try IngestBatch(TestEvent.unique(1), from: producer, sequence: 2)
      #expect(await store.commit(late) == .countsUnknown)
    }
  }

  @Test("6: all transactions lock in one order, so that they do not deadlock")
  func locksInOneOrder() async throws {
    try await withTwoServers { first, second in
      let events = TestEvent.unique(400)
      let producers = (0..<5).map { _ in ProducerID.test() }
      var generator = SeededGenerator(seed: 6)
      for round in UInt64(1)...8 {
        let batches = try producers.map {
          try IngestBatch(
            Array(events.shuffled(using: &generator).prefix(150)), from: $0, sequence: round, base: round)
        }
        first.offer(batches)
        second.offer(batches.reversed())
        async let pruned = first.maintain { $0.ledgerKeep = .milliseconds(1) }
        for producer in producers { _ = try await second.register(producer, base: round) }
        for batch in batches { _ = await first.outcomes.outcome(of: batch) }
        for batch in batches { _ = await second.outcomes.outcome(of: batch) }
        _ = try await pruned
      }
      #expect(
        try await first.number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
          == 0)
      #expect(try await first.violations() == [])
    }
  }

  @Test(
    "7: an accepted batch is committed in the end, even if a newer session exists, and however long it takes")
  func commitsWhatWasAccepted() async throws {
    try await StoreFixture.with { store in
      try await store.sql("ALTER TABLE events ADD CONSTRAINT closed CHECK (false)")
      let producer = ProducerID.test()
      let old = try await store.register(producer)
      let batches = try (1...5).map {
        try IngestBatch(TestEvent.unique(1), from: producer, sequence: $0, session: old.session)
      }
      store.offer(batches)
      let new = try await store.register(producer)
      try await waitUntil { store.store.unavailableSince != nil }
      try await store.sql("ALTER TABLE events DROP CONSTRAINT closed")
      for batch in batches { #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 1)) }
      #expect(store.outcomes.newerSessions == [producer: new.session])
    }
  }

  private func withTwoServers(
    _ body: (StoreFixture, StoreFixture) async throws -> Void
  ) async throws {
    try await StoreFixture.with { first in
      try await StoreFixture.with(database: first.conninfo) { second in try await body(first, second) }
    }
  }
}
