import StoreInterface
import Synchronization
import TestSupport
import Testing

@testable import Base
@testable import PostgresClient
@testable import Storage

@Suite struct MigratorTests {
  private func migrate(_ connection: PostgresConnection, _ steps: [Migration] = Migration.all) throws {
    try Migrator(connection, options: SchemaOptions(), migrations: steps, logger: .silent).run()
  }

  private static let extraStep = Migration(number: Migration.all.count + 1, name: "extra") { _ in
    "CREATE TABLE extra (n int)"
  }

  @Test func makesTheSchemaOnceWhenManyStartTogether() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let failures = await withTaskGroup(of: String?.self) { group in
        for _ in 0..<4 {
          group.addTask {
            await WorkerThread.run(named: "migration") {
              do {
                let connection = try PostgresConnection(ConnectionSettings(conninfo: conninfo))
                try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
                return nil
              } catch {
                return "\(error)"
              }
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(failures == [nil, nil, nil, nil])
      let versions = try await SQL.run("SELECT version FROM sluice.schema_migrations", on: conninfo)
      #expect(versions == Migration.all.map { ["\($0.number)"] })
      #expect(try await SQL.value("SELECT count(*) FROM sluice.store", on: conninfo) == "1")
      #expect(
        try await SQL.value("SELECT count(*) FROM sluice.counters", on: conninfo)
          == "\(Migration.counterShards)")
    }
  }

  @Test func appliesOnlyWhatIsNew() async throws {
    try await withMigratedConnection { connection in
      let store = try connection.query("SELECT id FROM store").producer(0, 0)
      try migrate(connection, Migration.all + [Self.extraStep])
      let answer = try connection.query("SELECT version, name FROM schema_migrations ORDER BY version")
      #expect((0..<answer.rowCount).map { answer.integer($0, 0) } == (1...answer.rowCount).map { Int64($0) })
      #expect(answer.string(answer.rowCount - 1, 1) == "extra")
      #expect(try connection.query("SELECT id FROM store").producer(0, 0) == store)
    }
  }

  @Test func leavesNothingBehindWhenAStepFails() async throws {
    try await withConnection { connection in
      let broken = Migration(number: Migration.all.count + 1, name: "broken") { _ in
        "CREATE TABLE t (n int); SELECT 1/0"
      }
      let error = #expect(throws: SchemaError.self) {
        try migrate(connection, Migration.all + [broken])
      }
      #expect(error?.description.contains("division by zero") == true)
      let answer = try connection.query("SELECT to_regnamespace('sluice')")
      #expect(answer.isNull(0, 0))
    }
  }

  @Test func refusesASchemaThatIsNewerThanTheProgram() async throws {
    try await withMigratedConnection { connection in
      try migrate(connection, Migration.all + [Self.extraStep])
      let error = #expect(throws: SchemaError.self) { try migrate(connection) }
      #expect(error == .newerSchema(found: Migration.all.count + 1, known: Migration.all.count))
    }
  }

  @Test func makesAndDropsTheIndexThatIsWanted() async throws {
    try await withConnection { connection in
      for index in [EventIndex.none, .btree, .btree, .none] {
        let options = SchemaOptions(eventIndex: index)
        try Migrator(connection, options: options, logger: .silent).run()
        let answer = try connection.query("SELECT to_regclass('events_topic_ts')")
        #expect(answer.isNull(0, 0) == (index == .none))
      }
    }
  }

  /// In Postgres, all later lock requests queue after a waiting one. So a migration that waits for a lock
  /// would block all writers.
  @Test func aChangeOfTheIndexThatWaitsKeepsNoWriterFromWriting() async throws {
    try await withMigratedConnection { connection in
      let stranger = try PostgresConnection(connection.settings)
      try stranger.execute("BEGIN; LOCK TABLE events IN ROW EXCLUSIVE MODE")
      let memory = LogMemory()
      let (settings, logger) = (connection.settings, memory.logger)
      let failure = Mutex<String?>(nil)
      let change = WorkerThread(name: "index change") {
        do {
          var timeout = LockTimeout()
          timeout.attempt = .milliseconds(50)
          timeout.pause = .milliseconds(50)
          try Migrator(
            PostgresConnection(settings), options: SchemaOptions(eventIndex: .btree), timeout: timeout,
            logger: logger
          ).run()
        } catch {
          failure.withLock { $0 = "\(error)" }
        }
      }
      try await waitUntil { memory.lines.contains { $0.metadata["lock.holders"] != nil } }
      let holders = memory.lines.compactMap { $0.metadata["lock.holders"] }
      #expect(holders.contains { "\($0)".contains("process \(stranger.backendPID)") }, "\(holders)")
      // If the migration kept its place in the lock queue, each of these statements would wait and fail after
      // the lock timeout.
      for number in 1...20 {
        try connection.execute(
          """
          INSERT INTO events (ts, batch_id, event_id, topic, source) VALUES (now(), 1, '\(number)', 't', 's')
          """)
      }
      try stranger.execute("COMMIT")
      #expect(change.join(timeout: .seconds(60)))
      #expect(failure.withLock { $0 } == nil)
      #expect(try EventIndexChange(connection: connection).current() == .btree)
    }
  }

  @Test func givesAChangeUpThatOthersNeverLetThrough() async throws {
    try await withMigratedConnection { connection in
      let stranger = try PostgresConnection(connection.settings)
      try stranger.execute("BEGIN; LOCK TABLE events IN ROW EXCLUSIVE MODE")
      let timeout = LockTimeout(attempt: .milliseconds(20), limit: .zero)
      let error = #expect(throws: SchemaError.self) {
        try Migrator(
          connection, options: SchemaOptions(eventIndex: .btree), timeout: timeout, logger: .silent
        ).run()
      }
      #expect(
        error?.description.contains("process \(stranger.backendPID)") == true, "\(String(describing: error))")
      #expect(connection.isUsable)
      try stranger.execute("COMMIT")
    }
  }

  @Test func hasTheCountersVacuumedByNumberAndNotByShare() async throws {
    try await withMigratedConnection { connection in
      for table in ["counters", "store"] {
        let options = try connection.query(
          "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE oid = $1::regclass", [.text(table)]
        ).string(0, 0)
        #expect(
          options?.contains("autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_threshold=1000") == true)
      }
    }
  }

  @Test func takesLongerThanAnyLimitOfTheConnection() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("SET statement_timeout = '1s'; SET lock_timeout = '1s'")
      // `transaction_timeout` exists in Postgres 17 and newer.
      if connection.serverVersion >= 17_00_00 { try connection.execute("SET transaction_timeout = '1s'") }
      let long = Migration(number: Migration.all.count + 1, name: "long") { _ in
        "SELECT pg_sleep(1.5); CREATE TABLE extra (n int)"
      }
      let options = SchemaOptions(eventIndex: .btree)
      try Migrator(connection, options: options, migrations: Migration.all + [long], logger: .silent).run()
      #expect(try connection.query("SELECT to_regclass('extra')").isNull(0, 0) == false)
      #expect(try connection.query("SELECT to_regclass('events_topic_ts')").isNull(0, 0) == false)
      #expect(connection.isUsable)
    }
  }

  @Test func worksInASchemaOfAnyName() async throws {
    try await withConnection {
      $0.schema = #"Odd "name" ü"#
    } _: { connection in
      try migrate(connection)
      try migrate(connection)
      let answer = try connection.query(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = $1",
        [.text(connection.settings.schema)])
      #expect(answer.integer(0, 0) == 10)
    }
  }

  @Test func saysThatTheRoleMayNotChangeTheSchema() async throws {
    try await withRole { role, connection in
      try connection.execute("SET ROLE \(role)")
      let error = #expect(throws: SchemaError.self) { try migrate(connection) }
      guard case .unchangeableSchema(let reason) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(reason.contains("permission denied for database"))
    }
  }

  @Test func needsNoRightToChangeASchemaThatIsUpToDate() async throws {
    try await withRole { role, connection in
      try migrate(connection)
      try connection.execute(
        """
        GRANT USAGE ON SCHEMA sluice TO \(role);
        GRANT SELECT ON schema_migrations, store TO \(role);
        SET ROLE \(role)
        """)
      try migrate(connection)
    }
  }
}

/// Runs `body` with a role without any rights, and a connection to a fresh database as its owner.
func withRole<Value>(
  isolation: isolated (any Actor)? = #isolation,
  _ body: (String, PostgresConnection) async throws -> Value
) async throws -> Value {
  try await withConnection { connection in
    let role = "role_\(UInt64.random(in: .min ... .max))"
    try connection.execute("CREATE ROLE \(role)")
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try await body(role, connection))
    } catch {
      outcome = .failure(error)
    }
    try connection.execute("RESET ROLE; DROP OWNED BY \(role); DROP ROLE \(role)")
    return try outcome.get()
  }
}
