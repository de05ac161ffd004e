package import PostgresClient

/// Runs `body` with a connection to a new database without tables.
package func withConnection<Value>(
  isolation: isolated (any Actor)? = #isolation, adjust: (inout ConnectionSettings) -> Void = { _ in },
  _ body: (PostgresConnection) async throws -> Value
) async throws -> Value {
  try await TestPostgres.shared.withDatabase { conninfo in
    var settings = ConnectionSettings(conninfo: conninfo)
    adjust(&settings)
    return try await body(PostgresConnection(settings))
  }
}

extension PostgresConnection {
  /// Whether the connection can run a statement with a parameter and has no open transaction.
  package var isUsable: Bool {
    let answer = try? query("SELECT $1 + 1", [.bigint(41)])
    return answer?.integer(0, 0) == 42 && !isInTransaction
  }
}
