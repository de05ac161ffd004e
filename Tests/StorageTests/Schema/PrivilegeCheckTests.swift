import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

@Suite struct PrivilegeCheckTests {
  /// Runs `body` with a role that has all rights, and a connection to a migrated database as its owner.
  private func withGrantedRole<Value>(
    _ body: (String, PostgresConnection) async throws -> Value
  ) async throws -> Value {
    try await withRole { role, connection in
      try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      let database = try connection.query("SELECT quote_ident(current_database())").string(0, 0) ?? ""
      try connection.execute("REVOKE ALL ON DATABASE \(database) FROM PUBLIC")
      try connection.execute(RoleGrants(role: role, schema: "sluice").text)
      return try await body(role, connection)
    }
  }

  private func failure(
    _ connection: PostgresConnection, as role: String, deletesDeadEvents: Bool = false
  ) throws -> SchemaError? {
    try connection.execute("SET ROLE \(role)")
    do throws(SchemaError) {
      try PrivilegeCheck(connection: connection, deletesDeadEvents: deletesDeadEvents).run()
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [false, true])
  func isContentWithTheStatementsOfGrants(deletesDeadEvents: Bool) async throws {
    try await withGrantedRole { role, connection in
      let error = try failure(connection, as: role, deletesDeadEvents: deletesDeadEvents)
      #expect(error == nil)
    }
  }

  /// Each right of the table alone.
  private static let rights = ObjectRights.required(deletesDeadEvents: true).flatMap { entry in
    entry.rights.map { ObjectRights(object: entry.object, rights: [$0]) }
  }

  @Test(arguments: rights)
  func namesARightThatIsMissing(_ right: ObjectRights) async throws {
    try await withGrantedRole { role, connection in
      let database = try connection.query("SELECT quote_ident(current_database())").string(0, 0) ?? ""
      let grant = right.grant(to: role, schema: "\"sluice\"", database: database)
      try connection.execute(grant.replacing("GRANT ", with: "REVOKE ").replacing(" TO ", with: " FROM "))
      let description = right.description(schema: "\"sluice\"", database: database)
      let error = try failure(connection, as: role, deletesDeadEvents: true)
      #expect(error == .missingRights(role: role, rights: [description], grants: [grant]))
    }
  }

  @Test func namesAllRightsAtOnceWithStatementsThatGiveThem() async throws {
    try await withGrantedRole { role, connection in
      try connection.execute("DROP OWNED BY \(role)")
      guard case .missingRights(_, let rights, let grants) = try failure(connection, as: role) else {
        Issue.record("no right is missing")
        return
      }
      #expect(rights.count == ObjectRights.all.count)
      try connection.execute("RESET ROLE; \(grants.joined(separator: "; "))")
      #expect(try failure(connection, as: role) == nil)
    }
  }

  /// The schema is up to date, so the advice to migrate would not help.
  @Test(arguments: ["USAGE ON SCHEMA sluice", "SELECT ON sluice.schema_migrations", "SELECT ON sluice.store"])
  func aRoleThatCannotReadTheVersionIsNotToldToMigrate(_ right: String) async throws {
    try await withGrantedRole { role, connection in
      try connection.execute(
        "REVOKE \(right) FROM \(role); REVOKE INSERT ON sluice.events FROM \(role); SET ROLE \(role)")
      let error = #expect(throws: SchemaError.self) {
        try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      }
      guard case .missingRights(_, let rights, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(rights.count == 2)
      #expect(rights.last == "INSERT on table events")
    }
  }

  @Test(arguments: [#"plain"#, #"Mixed Case"#, #"a"b"#, "it's", #"back\slash"#, #"$$a$$"#, "e\"\u{301}"])
  func grantsQuotesTheNameOfTheRole(_ name: String) async throws {
    try await withConnection { connection in
      try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      let role = "\(name) \(UInt64.random(in: .min ... .max))"
      let quoted = try connection.quoted(identifier: role)
      try connection.execute("CREATE ROLE \(quoted)")
      let outcome = Result { () throws(PostgresError) in
        try connection.execute(RoleGrants(role: role, schema: "sluice").text)
      }
      try connection.execute("DROP OWNED BY \(quoted); DROP ROLE \(quoted)")
      #expect(throws: Never.self) { try outcome.get() }
    }
  }

  @Test func aRoleWithTheseRightsRunsTheProgram() async throws {
    try await withGrantedRole { role, connection in
      try await StoreFixture.with(database: connection.settings.conninfo) {
        $0.connection.conninfo += " options='-c role=\(role)'"
      } _: { store in
        let producer = ProducerID.test()
        let session = try await store.register(producer)
        let batch = try IngestBatch(
          TestEvent.unique(3), from: producer, session: session.session,
          dead: [DeadEvent(position: 1, reason: .payloadSyntax)])
        #expect(await store.commit(batch) == .committed(unique: 2, dead: 1))
      }
    }
  }
}
