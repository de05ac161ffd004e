import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

@Suite struct PrivilegeCheckTests {
  /// Privileges that an operator grants to a role that runs the program without owning the schema.
  private static let grants = [
    "GRANT USAGE ON SCHEMA sluice TO $role",
    "GRANT USAGE ON SEQUENCE sluice.group_ids TO $role",
    "GRANT SELECT, INSERT, DELETE ON sluice.events TO $role",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON sluice.producers, sluice.batches TO $role",
    "GRANT SELECT, INSERT ON sluice.dead_events TO $role",
    "GRANT SELECT, INSERT, DELETE ON sluice.topic_spans TO $role",
    "GRANT SELECT, INSERT, UPDATE ON sluice.counters TO $role",
    "GRANT SELECT ON sluice.store, sluice.schema_migrations TO $role",
  ]

  private func check(granting grants: [String]) async throws -> SchemaError? {
    try await withRole { role, connection in
      try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      for grant in grants {
        try connection.execute(grant.replacing("$role", with: role))
      }
      try connection.execute("SET ROLE \(role)")
      do {
        try PrivilegeCheck(connection: connection).run()
        return nil
      } catch let error as SchemaError {
        return error
      }
    }
  }

  @Test func isContentWithWhatTheProgramNeeds() async throws {
    #expect(try await check(granting: Self.grants) == nil)
  }

  @Test(arguments: grants.indices.dropLast())
  func namesTheFirstRightThatIsMissing(_ left: Int) async throws {
    var grants = Self.grants
    grants.remove(at: left)
    let error = try await check(granting: grants)
    guard case .missingRight(_, let grant) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // The error advises a grant on the same object.
    let object = Self.grants[left].split(separator: " ").first { $0.hasPrefix("sluice") }
    let name = object.map { $0.replacing("sluice.", with: "").replacing(",", with: "") } ?? ""
    #expect(grant.contains(name))
  }

  @Test func aRoleWithTheseRightsRunsTheProgram() async throws {
    try await withRole { role, connection in
      try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      for grant in Self.grants { try connection.execute(grant.replacing("$role", with: role)) }
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
