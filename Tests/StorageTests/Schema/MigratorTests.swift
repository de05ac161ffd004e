import TestSupport
import Testing

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
      let store = try connection.query("SELECT id FROM store").uuid(0, 0)
      try migrate(connection, Migration.all + [Self.extraStep])
      let answer = try connection.query("SELECT version, name FROM schema_migrations ORDER BY version")
      #expect((0..<answer.rowCount).map { answer.integer($0, 0) } == (1...answer.rowCount).map { Int64($0) })
      #expect(answer.string(answer.rowCount - 1, 1) == "extra")
      #expect(try connection.query("SELECT id FROM store").uuid(0, 0) == store)
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

  @Test func worksInASchemaOfAnyName() async throws {
    try await withConnection {
      $0.schema = #"Odd "name" ü"#
    } _: { connection in
      try migrate(connection)
      try migrate(connection)
      let answer = try connection.query(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = $1",
        [.text(connection.settings.schema)])
      #expect(answer.integer(0, 0) == 8)
    }
  }

  @Test func namesTheRightThatIsMissing() async throws {
    try await withRole { role, connection in
      try connection.execute("SET ROLE \(role)")
      let error = #expect(throws: SchemaError.self) { try migrate(connection) }
      guard case .missingRight(let right, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(right.contains("permission denied for database"))
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
