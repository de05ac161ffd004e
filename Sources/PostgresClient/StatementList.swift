/// A statement with the function that reads its result. Both are written at one place, so that the columns of
/// the statement and the columns that are read cannot drift apart.
package struct PostgresQuery<Value>: Sendable {
  /// The statement.
  package let statement: PostgresStatement
  fileprivate let read: @Sendable (PostgresResult) -> Value

  /// Creates a query whose result `read` turns into a value.
  package init(_ statement: PostgresStatement, read: @escaping @Sendable (PostgresResult) -> Value) {
    self.statement = statement
    self.read = read
  }
}

extension PostgresQuery<String> {
  /// COMMIT, with its command tag: `COMMIT`, or `ROLLBACK` when the transaction had failed.
  package static var commit: PostgresQuery<String> {
    PostgresQuery(PostgresStatement("COMMIT")) { $0.commandTag }
  }
}

/// The place of a query in a `StatementList`. It reads the value of the query from the results of the list.
package struct ResultSlot<Value> {
  fileprivate let index: Int
  fileprivate let read: @Sendable (PostgresResult) -> Value
}

/// Statements that are sent in one round trip, in their order.
package struct StatementList {
  /// The statements.
  package private(set) var statements: [PostgresStatement] = []
  /// Index of the COPY … FROM STDIN; nil when the list has none.
  package private(set) var copyIndex: Int?

  /// Creates an empty list.
  package init() {}

  /// Adds a statement whose result does not matter as long as it succeeds.
  package mutating func add(_ statement: PostgresStatement) {
    statements.append(statement)
  }

  /// Adds a query.
  /// - Returns: The slot that reads the query's value from the results of the list.
  package mutating func add<Value>(_ query: PostgresQuery<Value>) -> ResultSlot<Value> {
    statements.append(query.statement)
    return ResultSlot(index: statements.count - 1, read: query.read)
  }

  /// Adds a COPY … FROM STDIN. A list has at most one.
  /// - Returns: The slot of the COPY's command tag, such as `COPY 3`.
  package mutating func addCopy(_ statement: PostgresStatement) -> ResultSlot<String> {
    precondition(copyIndex == nil, "a round trip sends the rows of one COPY")
    copyIndex = statements.count
    return add(PostgresQuery(statement) { $0.commandTag })
  }

  /// The statements as one text, for the simple query protocol, which takes no parameters.
  fileprivate var script: String { statements.map(\.scriptText).joined(separator: "; ") }
}

/// The results of the statements of a list, or of the part of a list before or after its COPY.
package struct StatementResults {
  private let first: Int
  private let results: [PostgresResult]

  /// - Parameter first: Index in the list of the statement that the first of `results` belongs to.
  fileprivate init(_ results: [PostgresResult], from first: Int = 0) {
    self.first = first
    self.results = results
  }

  /// The value of a query of the list.
  package subscript<Value>(slot: ResultSlot<Value>) -> Value {
    precondition(
      results.indices.contains(slot.index - first), "the statement belongs to another part of the round trip")
    return slot.read(results[slot.index - first])
  }
}

extension PostgresConnection {
  /// Runs one query.
  /// - Returns: The value that its result was read as. Fields come back in binary form.
  /// - Throws: The error of the statement.
  package func query<Value>(_ query: PostgresQuery<Value>) throws(PostgresError) -> Value {
    query.read(try self.query(query.statement))
  }

  /// Runs the statements of `list` in one round trip, as one transaction unless they contain BEGIN and COMMIT.
  /// - Throws: The first error. Later statements did not run.
  package func pipeline(_ list: StatementList) throws(PostgresError) -> StatementResults {
    precondition(list.copyIndex == nil, "a pipeline takes no COPY")
    return StatementResults(try pipeline(list.statements))
  }

  /// Runs the statements of `list`, which have no parameters, as one script.
  /// - Throws: The first error. Later statements did not run.
  package func execute(_ list: StatementList) throws(PostgresError) -> StatementResults {
    precondition(list.copyIndex == nil, "rows of a COPY are sent after beginCopy")
    let results = try execute(list.script)
    try checkCount(of: results, list.statements.count)
    return StatementResults(results)
  }

  /// Runs the statements of `list`, which have no parameters, up to the COPY, whose rows the caller sends next.
  /// - Returns: The results of the statements before the COPY.
  /// - Throws: The first error; no COPY is running then, unless the connection is lost.
  package func beginCopy(_ list: StatementList) throws(PostgresError) -> StatementResults {
    guard let copyIndex = list.copyIndex else { preconditionFailure("a list with a COPY") }
    let results = try beginCopy(list.script)
    try checkCount(of: results, copyIndex)
    return StatementResults(results)
  }

  /// Ends the COPY that `list` began, and runs the statements after it.
  /// - Returns: The results of the COPY and of the statements after it.
  /// - Throws: The error of the COPY, or else of the first statement that fails.
  package func endCopy(of list: StatementList) throws(PostgresError) -> StatementResults {
    guard let copyIndex = list.copyIndex else { preconditionFailure("a list with a COPY") }
    let results = try endCopy()
    try checkCount(of: results, list.statements.count - copyIndex)
    return StatementResults(results, from: copyIndex)
  }

  private func checkCount(of results: [PostgresResult], _ expected: Int) throws(PostgresError) {
    guard results.count == expected else {
      throw PostgresError.lost("the database answered \(results.count) of \(expected) statements")
    }
  }
}
