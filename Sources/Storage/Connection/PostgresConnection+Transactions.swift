extension PostgresConnection {
  /// Runs `body` between BEGIN and COMMIT.
  /// - Throws: What `body` throws, after a ROLLBACK; the error of COMMIT. A lost connection leaves it open
  ///   whether the transaction committed.
  func transaction<Value>(
    _ body: () throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    try execute("BEGIN")
    do throws(PostgresError) {
      let value = try body()
      let answer = try execute("COMMIT")
      guard answer.last?.commandTag == "COMMIT" else {
        throw PostgresError.lost("COMMIT was answered with \(answer.last?.commandTag ?? "nothing")")
      }
      return value
    } catch {
      // Where this fails the connection is broken, and found to be so.
      if !error.isConnectionLost, isInTransaction { _ = try? execute("ROLLBACK") }
      throw error
    }
  }
}
