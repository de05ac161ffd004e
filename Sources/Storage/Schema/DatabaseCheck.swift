internal import PostgresClient

/// Checks that a database can hold all that producers send, and that sessions keep their settings. Checked
/// once at the start, before anything is made, because in an unfit database events would wait for ever.
struct DatabaseCheck {
  let connection: PostgresConnection

  /// Number of times that the backends of two connections are compared.
  private static let rounds = 3

  /// - Throws: `SchemaError.wrongEncoding`, `.pooledTransactions` or `.citus`; the errors of the statements.
  func run() throws(SchemaError) {
    let refusal: SchemaError?
    do throws(PostgresError) {
      if let foreign = try foreignEncoding() {
        refusal = .wrongEncoding(database: foreign.database, found: foreign.encoding)
      } else {
        refusal = try isPooled() ? .pooledTransactions : workerRefusal()
      }
    } catch {
      throw SchemaError(error)
    }
    if let refusal { throw refusal }
  }

  /// Returns the encoding of the database if it is not UTF-8. Events hold any Unicode text, which only UTF-8
  /// can hold. The encoding of the client says nothing about that of the database.
  private func foreignEncoding() throws(PostgresError) -> (database: String, encoding: String)? {
    let answer = try connection.query(
      """
      SELECT datname::text, pg_encoding_to_char(encoding)::text FROM pg_database
      WHERE datname = current_database()
      """)
    guard answer.rowCount == 1, let name = answer.string(0, 0), let encoding = answer.string(0, 1),
      encoding != "UTF8"
    else { return nil }
    return (name, encoding)
  }

  /// Whether a pooler gives this connection another backend for each transaction or statement.
  ///
  /// Two direct connections have two backends, each the same one for life. A pooler that takes a backend back
  /// at the end of a transaction gives it to the next client. Then both connections see the same backend, or
  /// one connection sees its backend change. The order of queries (one, other, other, one) also finds poolers
  /// that hand out their backends in turn.
  private func isPooled() throws(PostgresError) -> Bool {
    let other = try PostgresConnection(connection.settings)
    let own = try backend(of: connection)
    let foreign = try backend(of: other)
    for _ in 0..<Self.rounds {
      guard own != foreign, try backend(of: other) == foreign, try backend(of: connection) == own else {
        return true
      }
    }
    return false
  }

  /// Returns the refusal of a worker of Citus, on which a migration would fail in the middle.
  private func workerRefusal() throws(PostgresError) -> SchemaError? {
    try CitusCluster.isWorker(connection) ? .citus(CitusMigration.workerText) : nil
  }

  private func backend(of connection: PostgresConnection) throws(PostgresError) -> Int64 {
    try connection.query("SELECT pg_backend_pid()::bigint").integer(0, 0) ?? 0
  }
}
