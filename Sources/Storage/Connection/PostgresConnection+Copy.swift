internal import CPostgres

/// COPY … FROM STDIN (https://www.postgresql.org/docs/current/libpq-copy.html).
extension PostgresConnection {
  /// Starts statements of which one is a COPY FROM STDIN; what stands behind it runs after `endCopy`.
  /// - Returns: The results of the statements before the COPY.
  /// - Throws: The first error; no COPY is under way then.
  func beginCopy(_ sql: String) throws(PostgresError) -> [PostgresResult] {
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

  /// Sends a piece of the COPY's data, cut anywhere.
  /// - Throws: The error with which the server ended the COPY, or a lost connection.
  func putCopy(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    let status = PQputCopyData(
      handle, start.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
    guard status == 1 else { throw failureOfCopy() }
    try flush()
  }

  /// Ends the COPY and runs what stood behind it.
  /// - Returns: One result for the COPY and each statement behind it.
  /// - Throws: The error of the COPY, or else of the first failing statement.
  func endCopy() throws(PostgresError) -> [PostgresResult] {
    guard PQputCopyEnd(handle, nil) == 1 else { throw failureOfCopy() }
    return try allResults()
  }

  /// Ends the COPY under way in failure; the transaction is open still, and failed.
  func cancelCopy() throws(PostgresError) {
    try sent(PQputCopyEnd(handle, "not as expected"))
    do {
      _ = try allResults()
    } catch {
      if error.isConnectionLost { throw error }
    }
  }

  /// Why the COPY is over: the server says so in a result, which must be read in any case.
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
