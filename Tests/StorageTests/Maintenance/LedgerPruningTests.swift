import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

@Suite struct LedgerPruningTests {
  /// Condition for old rows, base that the second run of batches declares, expected floor, and sequences that
  /// are left. The first run is 1-5 with base 1. The second run is 6-9.
  static let cases: [(old: String, base: UInt64, floor: Int, left: [Int])] = [
    // No row is old enough.
    ("false", 6, 0, Array(1...9)),
    // The base above the old rows is declared by young rows only.
    ("sequence <= 5", 6, 0, Array(1...9)),
    // The base is declared by an old row.
    ("true", 6, 5, Array(6...9)),
    ("true", 4, 3, Array(4...9)),
    ("true", 1, 0, Array(1...9)),
    // A young row keeps itself and all rows after it.
    ("sequence <> 3", 6, 2, Array(3...9)),
    ("sequence <> 1", 6, 0, Array(1...9)),
    // One old row is enough to declare a base.
    ("sequence <= 5 OR sequence = 9", 6, 5, Array(6...9)),
  ]

  @Test(arguments: cases)
  func prunesOldRowsBelowAnOldBase(
    _ old: String, base: UInt64, floor: Int, left: [Int]
  ) async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      try await store.commit(1...5, base: 1, from: producer)
      try await store.commit(6...9, base: base, from: producer)
      try await store.age("2 hours", where: old)
      let counts = try await store.maintain()
      #expect(counts.prunedBatches == 9 - left.count)
      #expect(try await store.ledger() == left)
      #expect(try await store.number("SELECT floor FROM producers WHERE name <> 'forgotten'") == floor)
      #expect(
        try await store.sql("SELECT batches, received, unique_ FROM producers WHERE name <> 'forgotten'")
          == [Array(repeating: "\(9 - left.count)", count: 3)])
      #expect(try await store.violations() == [])
    }
  }

  @Test func neverLowersAFloorOrTakesFromASum() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      try await store.commit(1...3, base: 3, from: producer)
      try await store.age("2 hours")
      try await store.maintain()
      // A late batch declares an older base.
      try await store.commit(4...4, base: 2, from: producer)
      try await store.age("2 hours")
      #expect(try await store.maintain().prunedBatches == 0)
      #expect(
        try await store.sql("SELECT floor, batches, received FROM producers WHERE name <> 'forgotten'") == [
          ["2", "2", "2"]
        ])
    }
  }

  @Test func answersWhatIsPrunedAsSettledAndCountsItOnce() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let early = try (1...4).map {
        try IngestBatch(TestEvent.unique(2), from: producer, sequence: $0, base: 1)
      }
      for batch in early { _ = await store.commit(batch) }
      try await store.commit(5...5, base: 4, from: producer)
      try await store.age("2 hours")
      #expect(try await store.maintain().prunedBatches == 3)
      for batch in early.dropLast() { #expect(await store.commit(batch) == .countsUnknown) }
      #expect(await store.commit(early[3]) == .replayed(unique: 2))
      #expect(try await store.number("SELECT sum(received) FROM counters") == 9)
      let session = try await store.register(producer, base: 4)
      #expect(session.floor == 3 && session.settled == [4, 5])
      #expect(try await store.violations() == [])
    }
  }

  /// A claim in flight locks the producer's row. The batch that it will commit is below the base, but its
  /// ledger row is not visible yet.
  @Test func waitsForAClaimInFlight() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      try await store.commit(2...3, base: 3, from: producer)
      try await store.age("2 hours")
      let claim = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try claim.execute(
        """
        BEGIN; SELECT 1 FROM producers WHERE producer = '\(producer)' FOR KEY SHARE;
        INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead)
        VALUES (1, '\(producer)', 1, 1, 1, 0, 0, 0, 0)
        """)
      async let counts = store.maintain()
      try await store.waitUntil(
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%FOR UPDATE' AND wait_event_type = 'Lock'"
      )
      try claim.execute("COMMIT")
      // The floor stays below the claim, because the claim is young.
      #expect(try await counts.prunedBatches == 0)
      #expect(try await store.number("SELECT floor FROM producers WHERE name <> 'forgotten'") == 0)
    }
  }

  @Test func readsManyPages() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      let rows = LedgerPruning.pageRows * 2 + 10
      try await store.sql(
        """
        INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead,
          committed_at)
        SELECT n, '\(producer)', n, greatest(1, n - 10), 1, 0, 0, 0, 0, now() - interval '2 hours'
        FROM generate_series(1, \(rows)) AS g(n)
        """)
      #expect(try await store.maintain().prunedBatches == rows - 11)
      #expect(try await store.number("SELECT floor FROM producers WHERE name <> 'forgotten'") == rows - 11)
    }
  }

  /// Old rows that a walk has read are not read again, and are pruned as soon as they may be.
  @Test func goesOnWhereItWas() async throws {
    try await StoreFixture.with { store in
      let pruning = LedgerPruning(
        connection: try PostgresConnection(ConnectionSettings(conninfo: store.conninfo)),
        keep: .seconds(3_600))
      var walk = LedgerWalk()
      let producer = ProducerID.test()
      try await store.commit(1...3, base: 1, from: producer)
      try await store.age("2 hours")
      #expect(try pruning.readPage(&walk))
      let place = walk.place
      #expect(try pruning.prune(&walk) == 0)
      #expect(try pruning.readPage(&walk) && walk.place == place)
      try await store.commit(4...4, base: 4, from: producer)
      try await store.age("2 hours", where: "sequence = 4")
      #expect(try pruning.readPage(&walk) && walk.place > place)
      #expect(try pruning.prune(&walk) == 3)
    }
  }

  @Test func keepsItsNotesWhenARoundFails() async throws {
    try await StoreFixture.with { store in
      var settings = ConnectionSettings(conninfo: store.conninfo)
      settings.lockTimeout = .milliseconds(20)
      let pruning = LedgerPruning(connection: try PostgresConnection(settings), keep: .seconds(3_600))
      var walk = LedgerWalk()
      let producer = ProducerID.test()
      try await store.commit(1...3, base: 3, from: producer)
      try await store.age("2 hours")
      let other = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try other.execute("BEGIN; LOCK TABLE batches IN EXCLUSIVE MODE")
      #expect(try pruning.readPage(&walk))
      #expect(throws: PostgresError.self) { _ = try pruning.prune(&walk) }
      #expect(walk.declared == [producer: 3])
      try other.execute("ROLLBACK")
      #expect(try pruning.prune(&walk) == 2)
      #expect(walk.declared.isEmpty)
    }
  }

  @Test func keepsTheNoteOfAProducerThatIsInUse() async throws {
    try await StoreFixture.with { store in
      var settings = ConnectionSettings(conninfo: store.conninfo)
      settings.lockTimeout = .milliseconds(20)
      let pruning = LedgerPruning(connection: try PostgresConnection(settings), keep: .seconds(3_600))
      var walk = LedgerWalk()
      let (busy, idle) = (ProducerID.test(), ProducerID.test())
      try await store.commit(1...3, base: 3, from: busy)
      try await store.commit(1...3, base: 2, from: idle)
      try await store.age("2 hours")
      let other = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try other.execute("BEGIN; SELECT FROM producers WHERE producer = '\(busy)' FOR KEY SHARE")
      #expect(try pruning.readPage(&walk))
      #expect(try pruning.prune(&walk) == 1)
      #expect(walk.declared == [busy: 3])
      try other.execute("COMMIT")
      #expect(try pruning.prune(&walk) == 2)
    }
  }
}
