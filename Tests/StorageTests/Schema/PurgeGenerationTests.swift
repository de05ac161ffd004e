import TestSupport
import Testing

@testable import PostgresClient
@testable import Storage

/// The purge generation, by which writers notice that stored keys were deleted.
@Suite struct PurgeGenerationTests {
  private func generation(_ connection: PostgresConnection) throws -> Int64? {
    try connection.query("SELECT purge FROM sluice.store").integer(0, 0)
  }

  private static let event = """
    INSERT INTO sluice.events (ts, batch_id, event_id, topic, source) VALUES (now(), 1, 'e', 't', 's')
    """

  @Test(arguments: ["DELETE FROM sluice.events", "TRUNCATE sluice.events"])
  func risesInTheTransactionOfADeletion(_ deletion: String) async throws {
    try await withMigratedConnection { connection in
      try connection.execute(Self.event)
      #expect(try generation(connection) == 0)
      try connection.execute("BEGIN; \(deletion)")
      #expect(try generation(connection) == 1)
      try connection.execute("ROLLBACK")
      #expect(try generation(connection) == 0)
      try connection.execute(deletion)
      #expect(try generation(connection) == 1)
    }
  }

  @Test(arguments: ["replica", "local"])
  func risesWhateverTheRoleOfTheSession(_ role: String) async throws {
    try await withMigratedConnection { connection in
      try connection.execute("SET session_replication_role = \(role); DELETE FROM sluice.events")
      #expect(try generation(connection) == 1)
    }
  }

  @Test func staysWhenEventsAreStored() async throws {
    try await withMigratedConnection { connection in
      try connection.execute(Self.event)
      try connection.execute("\(Self.event) ON CONFLICT DO NOTHING")
      #expect(try generation(connection) == 0)
    }
  }

  @Test func needsNoRightOfWhoDeletes() async throws {
    try await withRole { role, connection in
      try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      try connection.execute(
        """
        GRANT USAGE ON SCHEMA sluice TO \(role); GRANT SELECT, DELETE ON sluice.events TO \(role);
        SET ROLE \(role); SET search_path = pg_temp; CREATE TEMPORARY TABLE store (purge bigint);
        DELETE FROM sluice.events; RESET ROLE
        """)
      #expect(try generation(connection) == 1)
    }
  }
}
