import TestSupport
import Testing

@testable import Storage

/// Runs `body` with a connection to a fresh database without any tables.
func withConnection<Value>(
  isolation: isolated (any Actor)? = #isolation, adjust: (inout ConnectionSettings) -> Void = { _ in },
  _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  try await TestPostgres.shared.withDatabase { conninfo in
    var settings = ConnectionSettings(conninfo: conninfo)
    adjust(&settings)
    return try await body(PostgresConnection(settings))
  }
}

/// Runs `body` with a connection to a fresh database with the schema.
func withMigratedConnection<Value>(
  isolation: isolated (any Actor)? = #isolation, options: SchemaOptions = SchemaOptions(),
  _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  try await withConnection { connection in
    try Migrator(connection, options: options, logger: .silent).run()
    return try await body(connection)
  }
}

/// Sees that a connection can still be used.
func expectUse(of connection: PostgresConnection) throws {
  let answer = try connection.query("SELECT $1 + 1", [.bigint(41)])
  #expect(answer.integer(0, 0) == 42)
  #expect(!connection.isInTransaction)
}
