import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// Faults of the database that a writer meets. None of them loses an event or counts one twice.
@Suite struct WriterFaultTests {
  /// Each SQLSTATE after which the writer tries again, from different statements of the transaction.
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

  /// One batch of a group is given up, because only a connection of another incarnation waits for it. The commit
  /// of the other batch fails and is tried again, without the batch that is settled already.
  @Test func aBatchThatWasGivenUpDoesNotReturnWithItsGroup() async throws {
    try await StoreFixture.with {
      $0.writers = 1
      // Both batches are in one group.
      $0.group = GroupLimits(events: 4, bytes: 1 << 20, delay: .seconds(86_400))
    } _: { store in
      try await store.sabotage("events", times: 3, "RAISE EXCEPTION 'no' USING ERRCODE = '53200'")
      let other = try IngestBatch(TestEvent.unique(2), session: 4, incarnation: StoreIncarnation(0))
      let batch = try IngestBatch(TestEvent.unique(2))
      store.offer(other, batch)
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
      #expect(await store.outcomes.outcome(of: other) == .countsUnknown)
      #expect(try await store.sabotages() > 3)
      #expect(try await store.number("SELECT count(*) FROM events") == 2)
      #expect(try await store.violations() == [])
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

  /// The state after a failover to a standby: only a new connection reaches a server that accepts writes.
  @Test func reconnectsWhenTheServerTakesNoWrites() async throws {
    try await StoreFixture.with { store in
      let name = try await store.sql("SELECT current_database()")[0][0] ?? ""
      try await store.sql("ALTER DATABASE \(name) SET default_transaction_read_only = on")
      try await store.endBackends()
      let batch = try IngestBatch(TestEvent.unique(2))
      store.offer(batch)
      try await waitUntil { store.store.unavailableSince != nil }
      try await store.sql("SET transaction_read_only = off; ALTER DATABASE \(name) RESET ALL")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
    }
  }

  @Test(arguments: CommitStrategySetting.allCases)
  func losesNothingWhenCommitFails(_ strategy: CommitStrategySetting) async throws {
    try await StoreFixture.with {
      $0.strategy = strategy
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

  /// The transaction committed, but its result is uncertain because of the warning. Only the ledger shows it.
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
      try await waitUntil { store.store.unavailableSince != nil }
      #expect(store.outcomes.count == 0)
      try await store.sql("ALTER TABLE events DROP CONSTRAINT closed")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 4))
      #expect(store.store.unavailableSince == nil)
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
      // The group failed at the lock more than once.
      try await store.waitUntil(
        "SELECT xact_rollback > 2 FROM pg_stat_database WHERE datname = current_database()")
      #expect(store.outcomes.count == 0)
      #expect(try await store.problem(.blocked).component.hasPrefix("writer "))
      try other.execute("ROLLBACK")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
      // The writer ends the problem after it has settled the batch.
      try await waitUntil { store.health.summary(of: store.queue.progress, at: .now).problems == [] }
    }
  }

  @Test func endsADeadlockWithAnother() async throws {
    try await StoreFixture.with { store in
      let other = try store.stranger()
      let insert =
        "INSERT INTO events (ts, batch_id, event_id, topic, source) VALUES (now(), 0, '%', 'orders', '')"
      // Only the writer checks for deadlocks, so its transaction is the one that Postgres aborts.
      try other.execute("SET deadlock_timeout = '1h'; SET lock_timeout = 0")
      try other.execute("BEGIN; \(insert.replacing("%", with: "z"))")
      let batch = try IngestBatch(["a", "z"].map { TestEvent($0, topic: "orders", payload: nil) })
      store.offer(batch)
      try await store.waitUntil(
        """
        SELECT count(*) = 1 FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()
        """)
      // The writer now has the key "a" and waits for "z".
      try other.execute(insert.replacing("%", with: "a"))
      try other.execute("ROLLBACK")
      #expect(await store.outcomes.outcome(of: batch) == .committed(unique: 2))
      #expect(try await store.violations() == [])
    }
  }

  /// The locks of a server that vanished during a transaction are held as long as its backend waits for it.
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

  /// With row security, only the owner of a table may COPY into it. Other roles may INSERT from the staging
  /// table.
  @Test(arguments: [CommitStrategySetting.auto, .directCopy, .lookupThenCopy])
  func storesWhereTheRoleMayNotCopyIntoTheTable(_ strategy: CommitStrategySetting) async throws {
    try await StoreFixture.with { owner in
      let role = "limited_\(UInt32.random(in: .min ... .max))"
      try await owner.sql(
        """
        CREATE ROLE \(role);
        GRANT USAGE ON SCHEMA sluice TO \(role);
        GRANT ALL ON ALL TABLES IN SCHEMA sluice TO \(role);
        GRANT ALL ON ALL SEQUENCES IN SCHEMA sluice TO \(role);
        ALTER TABLE events ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everything ON events USING (true) WITH CHECK (true)
        """)
      try await StoreFixture.with(database: "\(owner.conninfo) options='-c role=\(role)'") {
        $0.strategy = strategy
      } _: { store in
        let batch = try IngestBatch(TestEvent.unique(1_000))
        #expect(await store.commit(batch) == .committed(unique: 1_000))
      }
      #expect(try await owner.number("SELECT count(*) FROM events") == 1_000)
      try await owner.sql("DROP OWNED BY \(role); DROP ROLE \(role)")
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
  /// Opens a connection that does not look like one of this program.
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
