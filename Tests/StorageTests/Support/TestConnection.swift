import TestSupport
import Testing

@testable import PostgresClient
@testable import Storage

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
