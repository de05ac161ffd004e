internal import CPostgres

/// COPY … FROM STDIN (https://www.postgresql.org/docs/current/libpq-copy.html).
extension PostgresConnection {
  /// Starts statements, one of which is a COPY FROM STDIN. Statements after the COPY run in `endCopy`.
  /// - Returns: The results of the statements before the COPY.
  /// - Throws: The first error; no COPY is running then.
  package func beginCopy(_ sql: String) throws(PostgresError) -> [PostgresResult] {
    warnings.clear()
    try sent(PQsendQuery(handle, sql))
    var results: [PostgresResult] = []
    while let result = try nextResult() {
      switch PQresultStatus(result) {
      case PGRES_COPY_IN:
        PQclear(result)
        return results
      case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
        let error = PostgresError(result, connectionIsBad: isBroken)
        PQclear(result)
        _ = try allResults()
        throw error
      default:
        results.append(PostgresResult(owning: result))
      }
    }
    throw PostgresError.lost("the database did not begin the COPY")
  }

  /// Sends a piece of the COPY's data. Pieces need not end at the end of a row.
  /// - Throws: The error with which the server ended the COPY, or a lost connection.
  package func putCopy(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    precondition(bytes.count <= Int(Int32.max), "libpq counts the bytes of a piece in 31 bits")
    let status = PQputCopyData(
      handle, start.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
    guard status == 1 else { throw failureOfCopy() }
    try flush()
  }

  /// Ends the COPY and runs the statements after it.
  /// - Returns: One result for the COPY and one for each statement after it.
  /// - Throws: The error of the COPY, or else of the first statement that fails.
  package func endCopy() throws(PostgresError) -> [PostgresResult] {
    guard PQputCopyEnd(handle, nil) == 1 else { throw failureOfCopy() }
    return try allResults()
  }

  /// Makes the running COPY fail. The transaction stays open, in the failed state.
  package func cancelCopy() throws(PostgresError) {
    try sent(PQputCopyEnd(handle, "not as expected"))
    do {
      _ = try allResults()
    } catch {
      if error.isConnectionLost { throw error }
    }
  }

  /// Returns why the COPY ended. The server sends the reason as a result, and all results must be read before
  /// the next command.
  private func failureOfCopy() -> PostgresError {
    let refusal = PostgresError(ofConnection: handle)
    do {
      _ = try allResults()
      return refusal
    } catch {
      return error
    }
  }
}
