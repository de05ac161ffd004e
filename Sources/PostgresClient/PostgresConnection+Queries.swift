internal import CPostgres

/// A statement with its parameters, for `query` and `pipeline`.
package struct PostgresStatement: Sendable {
  /// One statement with `$1`, `$2` … for its parameters, or the name of a prepared statement. Only the
  /// connection reads it, because the text alone does not tell which of the two it is.
  fileprivate let sql: String
  /// The values of `$1`, `$2` …
  fileprivate let parameters: [PostgresParameter]
  /// Whether `sql` is the name of a statement that the connection has prepared.
  fileprivate let isPrepared: Bool

  package init(_ sql: String, _ parameters: [PostgresParameter] = []) {
    self.sql = sql
    self.parameters = parameters
    self.isPrepared = false
  }

  /// The statement that was prepared under `name`.
  package init(prepared name: String, _ parameters: [PostgresParameter]) {
    self.sql = name
    self.parameters = parameters
    self.isPrepared = true
  }

  /// The text of the statement as a part of a script.
  var scriptText: String {
    precondition(parameters.isEmpty && !isPrepared, "a script takes no parameters")
    return sql
  }
}

extension PostgresConnection {
  /// Runs one or several statements without parameters in one round trip. Fields come back as text.
  /// - Returns: One result for each statement.
  /// - Throws: The first error. Later statements did not run; an open transaction stays open, in the failed
  ///   state.
  @discardableResult
  package func execute(_ sql: String) throws(PostgresError) -> [PostgresResult] {
    warnings.clear()
    try sent(PQsendQuery(handle, sql))
    return try allResults()
  }

  /// Runs one statement with parameters. Fields come back in binary form.
  /// - Throws: The error of the statement.
  package func query(_ sql: String, _ parameters: [PostgresParameter] = []) throws(PostgresError)
    -> PostgresResult
  {
    try query(PostgresStatement(sql, parameters))
  }

  /// Runs one statement. Fields come back in binary form.
  /// - Throws: The error of the statement.
  package func query(_ statement: PostgresStatement) throws(PostgresError) -> PostgresResult {
    warnings.clear()
    try send(statement)
    guard let result = try allResults().last else {
      throw PostgresError.lost("the database sent no result for a statement")
    }
    return result
  }

  /// Runs statements with parameters in one round trip, as one transaction unless they contain BEGIN and
  /// COMMIT.
  /// - Returns: One result for each statement, with fields in binary form.
  /// - Throws: The first error. Later statements did not run.
  package func pipeline(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresResult] {
    precondition(!statements.isEmpty, "a pipeline needs a statement")
    warnings.clear()
    try sent(PQenterPipelineMode(handle))
    for statement in statements {
      try send(statement)
    }
    try sent(PQpipelineSync(handle))
    return try pipelineResults(count: statements.count)
  }

  /// Reads all results of the running command, because an unread result would break the next command.
  /// - Throws: The first error among the results, after all were read.
  package func allResults() throws(PostgresError) -> [PostgresResult] {
    var results: [PostgresResult] = []
    var failure: PostgresError?
    while let result = try nextResult() {
      switch PQresultStatus(result) {
      case PGRES_COPY_IN:
        PQclear(result)
        try sent(PQputCopyEnd(handle, "no COPY was expected here"))
      case PGRES_COPY_OUT, PGRES_COPY_BOTH:
        PQclear(result)
        throw PostgresError.lost("the database began to send a COPY without a request")
      case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
        let error = PostgresError(result, connectionIsBad: isBroken)
        PQclear(result)
        failure = failure ?? error
      default:
        results.append(PostgresResult(owning: result))
      }
    }
    if let failure { throw isBroken ? failure.losingConnection : failure }
    return results
  }

  /// Returns the next result of the running command; nil at its end. The caller owns the result.
  package func nextResult() throws(PostgresError) -> OpaquePointer? {
    try awaitAnswer()
    return PQgetResult(handle)
  }

  /// Checks the status that libpq returned for sending a command; 1 means success.
  package func sent(_ status: Int32) throws(PostgresError) {
    guard status == 1 else {
      // libpq refuses a command on an intact connection only when commands are out of order. Only a new
      // connection helps then, so the caller sees a lost connection in both cases.
      throw PostgresError(ofConnection: handle)
    }
  }

  /// Reads the results of a pipeline. A nil ends the results of each statement, and one result for the sync
  /// ends the pipeline.
  private func pipelineResults(count: Int) throws(PostgresError) -> [PostgresResult] {
    var results: [PostgresResult] = []
    var failure: PostgresError?
    for number in 1...count {
      // Only warnings of the last statement count, because it is the COMMIT in pipelines that commit.
      if number == count { warnings.clear() }
      do {
        results += try allResults()
      } catch {
        if error.isConnectionLost { throw error }
        failure = failure ?? error
      }
    }
    while let sync = try nextResult() {
      let status = PQresultStatus(sync)
      PQclear(sync)
      if status == PGRES_PIPELINE_SYNC { break }
    }
    try sent(PQexitPipelineMode(handle))
    if let failure { throw failure }
    guard results.count == count else {
      throw PostgresError.lost("the database answered \(results.count) of \(count) statements")
    }
    return results
  }

  private func send(_ statement: PostgresStatement) throws(PostgresError) {
    let parameters = statement.parameters
    precondition(parameters.count <= Int(UInt16.max), "the protocol counts parameters in 16 bits")
    let types = parameters.map(\.type)
    let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
    let formats = parameters.map { Int32($0.isBinary ? 1 : 0) }
    // libpq reads text up to a NUL byte and needs a pointer for each value. One buffer holds all values.
    var buffer: [UInt8] = []
    let offsets = parameters.map { parameter -> Int? in
      guard let bytes = parameter.bytes else { return nil }
      defer { buffer += bytes + [0] }
      return buffer.count
    }
    let status = buffer.withUnsafeBytes { bytes in
      let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      let values = offsets.map { offset in offset.flatMap { base?.advanced(by: $0) } }
      if statement.isPrepared {
        return PQsendQueryPrepared(
          handle, statement.sql, Int32(parameters.count), values, lengths, formats, 1)
      }
      return PQsendQueryParams(
        handle, statement.sql, Int32(parameters.count), types, values, lengths, formats, 1)
    }
    try sent(status)
  }
}

extension PostgresConnection {
  /// Runs `body` between BEGIN and COMMIT.
  /// - Throws: The error of `body`, after a ROLLBACK; the error of COMMIT. After a lost connection the caller
  ///   does not know whether the transaction committed.
  package func transaction<Value>(
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
      // If the ROLLBACK fails, the connection is broken, and the next command on it throws.
      if !error.isConnectionLost, isInTransaction { _ = try? execute("ROLLBACK") }
      throw error
    }
  }
}
