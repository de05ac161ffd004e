internal import CPostgres

/// A statement with its parameters, for `query` and `pipeline`.
struct PostgresStatement: Sendable {
  /// One statement, with `$1`, `$2` … for its parameters. For the connection alone, as it may be but a name.
  fileprivate let sql: String
  /// The values of `$1`, `$2` …
  fileprivate let parameters: [PostgresParameter]
  /// Whether `sql` is only the name of a statement that the connection has prepared.
  fileprivate let isPrepared: Bool

  init(_ sql: String, _ parameters: [PostgresParameter] = []) {
    self.sql = sql
    self.parameters = parameters
    self.isPrepared = false
  }

  /// The statement that was prepared under `name`.
  init(prepared name: String, _ parameters: [PostgresParameter]) {
    self.sql = name
    self.parameters = parameters
    self.isPrepared = true
  }
}

extension PostgresConnection {
  /// Runs one or several statements without parameters in one round trip; fields come back as text.
  /// - Returns: One result for each statement.
  /// - Throws: The first error. Later statements did not run; an open transaction is still open, and failed.
  @discardableResult
  func execute(_ sql: String) throws(PostgresError) -> [PostgresResult] {
    warnings.clear()
    try sent(PQsendQuery(handle, sql))
    return try allResults()
  }

  /// Runs one statement with parameters; fields come back in binary form.
  /// - Throws: The error of the statement.
  func query(_ sql: String, _ parameters: [PostgresParameter] = []) throws(PostgresError) -> PostgresResult {
    try query(PostgresStatement(sql, parameters))
  }

  /// Runs one statement; fields come back in binary form.
  /// - Throws: The error of the statement.
  func query(_ statement: PostgresStatement) throws(PostgresError) -> PostgresResult {
    warnings.clear()
    try send(statement)
    guard let result = try allResults().last else {
      throw PostgresError.lost("the database answered a statement with nothing")
    }
    return result
  }

  /// Runs statements with parameters in one round trip, as one transaction unless they say otherwise.
  /// - Returns: One result for each statement, with fields in binary form.
  /// - Throws: The first error. Later statements did not run.
  func pipeline(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresResult] {
    precondition(!statements.isEmpty, "an empty pipeline")
    warnings.clear()
    try sent(PQenterPipelineMode(handle))
    for statement in statements {
      try send(statement)
    }
    try sent(PQpipelineSync(handle))
    return try pipelineResults(count: statements.count)
  }

  /// Reads to the end of the answer. One result left behind would break the next command.
  /// - Throws: The first error among the results, after all were read.
  func allResults() throws(PostgresError) -> [PostgresResult] {
    var results: [PostgresResult] = []
    var failure: PostgresError?
    while let result = try nextResult() {
      switch PQresultStatus(result) {
      case PGRES_COPY_IN:
        PQclear(result)
        try sent(PQputCopyEnd(handle, "no COPY was expected here"))
      case PGRES_COPY_OUT, PGRES_COPY_BOTH:
        PQclear(result)
        throw PostgresError.lost("the database began to send a COPY that nobody asked for")
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

  /// The next result of the command under way, nil at its end. The caller owns it.
  func nextResult() throws(PostgresError) -> OpaquePointer? {
    try awaitAnswer()
    return PQgetResult(handle)
  }

  /// Checks what libpq returned for a command that it should have sent.
  func sent(_ status: Int32) throws(PostgresError) {
    guard status == 1 else {
      // A refusal without a broken connection means a command out of order, which only a new connection
      // mends; both are the same to the caller.
      throw PostgresError(ofConnection: handle)
    }
  }

  /// In a pipeline each statement's results end with a nil, and the whole with one result for the sync.
  private func pipelineResults(count: Int) throws(PostgresError) -> [PostgresResult] {
    var results: [PostgresResult] = []
    var failure: PostgresError?
    for number in 1...count {
      // Of the last one only: what it was warned of is what matters, and what the ones before it said is over.
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
    let types = parameters.map(\.type)
    let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
    let formats = parameters.map { Int32($0.isBinary ? 1 : 0) }
    // libpq reads text up to its NUL, and wants a pointer for each value: all lie in one buffer.
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
