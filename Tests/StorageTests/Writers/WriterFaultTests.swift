import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import Storage

/// What the database may do to a writer, and that nothing is lost or counted twice by it.
@Suite struct WriterFaultTests {
  /// Every state that is worth another attempt, from different statements of the transaction.
  @Test(arguments: [
    ("40001", "batches"), ("40001", "events"), ("40001", "counters"), ("40P01", "events"),
    ("55P03", "batches"), ("57014", "events"), ("53100", "events"), ("53200", "counters"),
    ("23514", "events"), ("42501", "batches"), ("XX000", "events"), ("22012", "events"),
  ])
  func triesAgainUntilItWorks(_ state: String, _ table: String) async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      try await store.sabotage(table, times: 3, "RAISE EXCEPTION 'no' USING ERRCODE = '\(state)'")
      let batch = try IngestBatch(TestEvent.unique(4), from: producer)
      #expect(await store.commit(batch) == .committed(unique: 4))
      #expect(try await store.sabotages() > 3)
      #expect(try await store.violations() == [])
      #expect(try await store.number("SELECT count(*) FROM dead_events") == 0)
    }
  }

  @Test func runsAgainOnANewConnectionWhenItsBackendIsEnded() async throws {
    try await StoreFixture.with { store in
      try await store.sabotage("events", times: 7, "PERFORM pg_terminate_backend(pg_backend_pid())")
      let batch = try IngestBatch(TestEvent.unique(4))
      #expect(await store.commit(batch) == .committed(unique: 4))
      #expect(try await store.violations() == [])
    }
  }

  /// As after a failover to a standby: only a new connection leads elsewhere.
  @Test func reconnectsWhenTheServerTakesNoWrites() async throws {
    try await StoreFixture.with { store in
      let name = try await store.sql("SELECT current_database()")[0][0] ?? ""
      try await store.sql("ALTER DATABASE \(name) SET default_transaction_read_only = on")
      try await store.endBackends()
      let batch = try IngestBatch(TestEvent.unique(2))
      store.offer(batch)
      while store.store.awaySince == nil { await Task.yield() }
      try await store.sql("SET transaction_read_only = off; ALTER DATABASE \(name) RESET ALL")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
    }
  }

  @Test(arguments: WritingChoice.allCases)
  func losesNothingWhenCommitFails(_ way: WritingChoice) async throws {
    try await StoreFixture.with {
      $0.way = way
    } _: { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      try await store.sabotageCommit(times: 3, "RAISE EXCEPTION 'no' USING ERRCODE = '40001'")
      let batch = try IngestBatch(TestEvent.unique(4), from: producer)
      #expect(await store.commit(batch) == .committed(unique: 4))
      #expect(try await store.number("SELECT count(*) FROM events") == 4)
      #expect(try await store.violations() == [])
    }
  }

  /// The transaction committed, and yet nobody knows: only the ledger tells.
  @Test func asksTheLedgerAfterACommitWithAWarning() async throws {
    try await StoreFixture.with { store in
      try await store.sabotageCommit(times: 1, "RAISE WARNING 'a standby did not answer'")
      let events = TestEvent.unique(4)
      let batch = try IngestBatch(events + events)
      #expect(await store.commit(batch) == .replayed(unique: 4, duplicate: 4))
      #expect(try await store.violations() == [])
      #expect(try await store.number("SELECT sum(received) FROM counters") == 8)
    }
  }

  @Test func waitsWhileTheEnvironmentIsAtFaultAndSaysSo() async throws {
    try await StoreFixture.with { store in
      try await store.sql("ALTER TABLE events ADD CONSTRAINT closed CHECK (false)")
      let batch = try IngestBatch(TestEvent.unique(4))
      store.offer(batch)
      while store.store.awaySince == nil { await Task.yield() }
      #expect(store.outcomes.count == 0)
      try await store.sql("ALTER TABLE events DROP CONSTRAINT closed")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 4))
      #expect(store.store.awaySince == nil)
      #expect(try await store.number("SELECT count(*) FROM dead_events") == 0)
    }
  }

  @Test func outlivesAStatementThatRunsTooLong() async throws {
    try await StoreFixture.with {
      $0.connection.statementTimeout = .milliseconds(300)
    } _: { store in
      try await store.sabotage("events", times: 2, "PERFORM pg_sleep(60)")
      let batches = try (1...3).map { try IngestBatch(TestEvent.unique(2), sequence: $0) }
      store.offer(batches)
      for batch in batches { #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2)) }
      #expect(try await store.violations() == [])
    }
  }

  @Test func outlivesALockThatIsHeldTooLong() async throws {
    try await StoreFixture.with {
      $0.connection.lockTimeout = .milliseconds(50)
    } _: { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      let other = try store.stranger()
      try other.execute("BEGIN; SELECT * FROM producers FOR UPDATE")
      let batch = try IngestBatch(TestEvent.unique(2), from: producer)
      store.offer(batch)
      // Refused for its lock more than once.
      try await store.waitUntil(
        "SELECT xact_rollback > 2 FROM pg_stat_database WHERE datname = current_database()")
      #expect(store.outcomes.count == 0)
      try other.execute("ROLLBACK")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
    }
  }

  @Test func endsADeadlockWithAnother() async throws {
    try await StoreFixture.with { store in
      let other = try store.stranger()
      let insert =
        "INSERT INTO events (ts, batch_id, event_id, topic, source) VALUES (now(), 0, '%', 'orders', '')"
      // Only the writer looks for deadlocks, so that it is the one that gives way.
      try other.execute("SET deadlock_timeout = '1h'; SET lock_timeout = 0")
      try other.execute("BEGIN; \(insert.replacing("%", with: "z"))")
      let batch = try IngestBatch(["a", "z"].map { TestEvent($0, topic: "orders", payload: nil) })
      store.offer(batch)
      try await store.waitUntil(
        """
        SELECT count(*) = 1 FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()
        """)
      // It holds "a" and waits for "z".
      try other.execute(insert.replacing("%", with: "a"))
      try other.execute("ROLLBACK")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
      #expect(try await store.violations() == [])
    }
  }

  /// A server that vanished in mid-transaction keeps its locks for as long as its backend waits for it.
  @Test func endsABackendThatHoldsLocksForNobody() async throws {
    try await StoreFixture.with {
      $0.connection.lockTimeout = .milliseconds(200)
    } _: { store in
      let producer = ProducerID.test()
      _ = try await store.register(producer)
      var settings = ConnectionSettings(conninfo: store.conninfo)
      settings.idleInTransactionTimeout = .seconds(3600)
      let orphan = try PostgresConnection(settings)
      try orphan.execute(
        """
        BEGIN; INSERT INTO batches VALUES (1, '\(producer)', 1, 1, 1, 0, 0, 0, 0);
        """)
      let batch = try IngestBatch(TestEvent.unique(2), from: producer)
      #expect(await store.commit(batch) == .committed(unique: 2))
      #expect(throws: PostgresError.self) { try orphan.execute("COMMIT") }
    }
  }

  @Test func quarantinesABatchThatKeepsBreakingTheConnection() async throws {
    try await StoreFixture.with {
      $0.connection.answerTimeout = .milliseconds(200)
      $0.group.events = 1
      $0.retries.timeOfLosses = .zero
    } _: { store in
      // As long as it sleeps, nothing is heard of it: for the writer, the connection is gone.
      try await store.sabotage("events", when: "NEW.event_id = 'poison'", "PERFORM pg_sleep(0.5)")
      let producer = ProducerID.test()
      let dead = [DeadEvent(position: 0, reason: .payloadSyntax)]
      let events = [TestEvent("bad"), TestEvent("poison"), TestEvent("fine")]
      let poison = try IngestBatch(events, from: producer, dead: dead)
      let other = try IngestBatch(TestEvent.unique(2), from: producer, sequence: 2)
      store.offer(poison, other)
      #expect(await store.outcomes.outcome(of: poison) == .committed(dead: 3))
      #expect(await store.outcomes.outcome(of: other) == .committed(unique: 2))
      let rows = try await store.sql("SELECT position, reason FROM dead_events ORDER BY position")
      #expect(rows == [["0", "payload_syntax"], ["1", "quarantined"], ["2", "quarantined"]])
      #expect(try await store.violations() == [])
    }
  }

  @Test func isSerializableOnRequest() async throws {
    try await StoreFixture.with {
      $0.isolation = .serializable
    } _: { store in
      try await store.sql("CREATE TABLE seen (isolation text)")
      try await store.sabotage(
        "counters", "INSERT INTO seen VALUES (current_setting('transaction_isolation'))")
      let events = TestEvent.unique(20)
      let batches = try (0..<10).map { try IngestBatch(Array(events[$0..<$0 + 10])) }
      store.offer(batches)
      for batch in batches { #expect(await store.outcomes.outcome(of: batch).counts?.received == 10) }
      #expect(try await store.violations() == [])
      #expect(try await store.number("SELECT count(*) FROM events") == 19)
      let seen = try await store.sql("SELECT DISTINCT isolation FROM seen")
      #expect(seen == [["serializable"]])
    }
  }
}

extension StoreFixture {
  /// A connection that nobody takes for one of this program's.
  fileprivate func stranger() throws -> PostgresConnection {
    let connection = try PostgresConnection(ConnectionSettings(conninfo: conninfo))
    try connection.execute("SET application_name = 'stranger'; SET idle_in_transaction_session_timeout = 0")
    return connection
  }

  /// Ends every connection of the store.
  fileprivate func endBackends() async throws {
    try await sql(
      """
      SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'sluice'
      """)
  }
}
