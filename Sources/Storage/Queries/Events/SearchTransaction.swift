internal import Base
internal import PostgresClient

/// The transaction of a search: one snapshot, in which steps can be given up.
struct SearchTransaction {
  /// The connection of the search.
  let connection: PostgresConnection

  /// Opens the transaction.
  static let begin = PostgresStatement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  /// Ends the transaction.
  static let commit = PostgresStatement("COMMIT")

  /// SQLSTATE of a statement that its timeout cancelled.
  private static let cancelled: SQLState = "57014"

  /// Runs `query` after `preparations`, and gives it up after `timeout`.
  /// - Parameter timeout: The longest time of the query; nil for the timeout of the connection.
  /// - Returns: The value; nil when the query was given up. The transaction goes on in both cases.
  /// - Throws: Any other error.
  func attempt<Value>(
    _ query: PostgresQuery<Value>, after preparations: [PostgresStatement] = [], within timeout: Duration?
  ) throws(PostgresError) -> Value? {
    guard let timeout else {
      var statements = StatementList()
      for statement in preparations { statements.add(statement) }
      let slot = statements.add(query)
      return try connection.pipeline(statements)[slot]
    }
    var statements = StatementList()
    statements.add(PostgresStatement("SAVEPOINT step"))
    for statement in preparations { statements.add(statement) }
    let milliseconds = max(1, timeout.wholeMilliseconds)
    statements.add(PostgresStatement("SET LOCAL statement_timeout = \(milliseconds)"))
    let slot = statements.add(query)
    // Without this, the timeout would also hold for the statements after the step.
    statements.add(PostgresStatement("ROLLBACK TO SAVEPOINT step"))
    statements.add(PostgresStatement("RELEASE SAVEPOINT step"))
    do {
      return try connection.pipeline(statements)[slot]
    } catch {
      guard error.state == Self.cancelled, !error.isConnectionLost else { throw error }
      try connection.execute("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
      return nil
    }
  }
}
