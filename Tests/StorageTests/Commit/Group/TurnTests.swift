import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

/// Servers that store each other's keys at the same time.
@Suite struct TurnTests {
  private static let waits = """
    SELECT count(*) > 0 FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE datname = current_database() AND NOT granted AND locktype =
    """

  /// A store whose writer looks keys up first, and a transaction of a test that has the turn.
  private func withTurnTaken(
    timeout: Duration = Turn.timeout, _ body: (StoreFixture, PostgresConnection) async throws -> Void
  ) async throws {
    try await StoreFixture.with {
      $0.strategy = .auto
      $0.recentKeys = 0
      $0.writers = 1
      $0.turnTimeout = timeout
    } _: { store in
      let old = TestEvent.unique(3)
      for _ in 0..<3 { _ = await store.commit(try IngestBatch(old)) }
      let other = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
      try other.execute("BEGIN; \(Turn.lock(of: StoreIdentity.read(over: other).tables))")
      try await body(store, other)
      #expect(try await store.violations().isEmpty)
    }
  }

  /// Stores an event as another server does, in a transaction that is open.
  private func insert(_ event: TestEvent, over other: PostgresConnection) throws {
    try other.execute(
      """
      BEGIN; INSERT INTO events (ts, batch_id, event_id, topic, source)
        VALUES (now(), 0, '\(event.id)', '\(event.topic)', '')
      """)
  }

  private func overtake(_ store: StoreFixture, _ events: [TestEvent]) async throws -> IngestBatch {
    let rival = try PostgresConnection(ConnectionSettings(conninfo: store.conninfo))
    try insert(events[0], over: rival)
    let batch = try IngestBatch(events)
    store.offer(batch)
    try await store.waitUntil("\(Self.waits) 'transactionid'")
    try rival.execute("COMMIT")
    return batch
  }

  @Test func aGroupThatWasOvertakenWaitsForItsTurn() async throws {
    try await withTurnTaken(timeout: .seconds(600)) { store, other in
      let batch = try await overtake(store, TestEvent.unique(3))
      try await store.waitUntil("\(Self.waits) 'advisory'")
      try other.execute("COMMIT")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2, duplicate: 1))
      // The event of the rival is in no batch of the ledger.
      try await store.sql("DELETE FROM events WHERE batch_id = 0")
    }
  }

  @Test func aGroupGoesOnWhenTheTurnOfAnotherServerDoesNotEnd() async throws {
    try await withTurnTaken { store, other in
      let batch = try await overtake(store, TestEvent.unique(3))
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2, duplicate: 1))
      let next = try IngestBatch(TestEvent.unique(3))
      #expect(await store.commit(next) == .committed(unique: 3))
      try other.execute("COMMIT")
      try await store.sql("DELETE FROM events WHERE batch_id = 0")
    }
  }

  /// All groups of both servers have the same keys, so they meet all the time.
  @Test(arguments: [1, 2], TransactionIsolation.allCases)
  func twoServersCountCommonEventsOnce(writers: Int, isolation: TransactionIsolation) async throws {
    func adjust(_ settings: inout StoreSettings) {
      settings.strategy = .auto
      settings.writers = writers
      settings.isolation = isolation
      // Two batches are a group, and many groups meet.
      settings.group.events = 800
    }
    var generator = SeededGenerator(seed: 3)
    let pool = TestEvent.unique(8_000)
    try await StoreFixture.with(adjust: adjust) { one in
      try await StoreFixture.with(database: one.conninfo, adjust: adjust) { two in
        var batches: [[IngestBatch]] = [[], []]
        var distinct: Set<String> = []
        for number in 0..<60 {
          let start = number / 2 * 250
          let events = (0..<400).map { _ in pool[start + Int.random(in: 0..<500, using: &generator)] }
          distinct.formUnion(events.map(\.id))
          batches[number % 2].append(try IngestBatch(events))
        }
        one.offer(batches[0])
        two.offer(batches[1])
        var unique = 0
        for (store, offered) in [(one, batches[0]), (two, batches[1])] {
          for batch in offered {
            guard case .committed(let counts) = await store.outcomes.outcome(of: batch) else {
              Issue.record("a batch was not committed")
              continue
            }
            #expect(counts.unique + counts.duplicate == 400)
            unique += Int(counts.unique)
          }
        }
        #expect(unique == distinct.count)
        #expect(try await one.number("SELECT count(*) FROM events") == distinct.count)
        #expect(try await one.violations().isEmpty)
      }
    }
  }
}
