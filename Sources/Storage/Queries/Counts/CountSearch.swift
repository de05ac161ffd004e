internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Counts events from the latest times on, until all are counted or the budget is spent.
struct CountSearch: Sendable {
  private let query: CountQuery
  private let budget: SearchBudget
  private let pace: SearchPace
  private let mostNumbers: Int

  /// Creates a count.
  /// - Parameters:
  ///   - time: The time after which it stops.
  ///   - pace: The pauses beside commits.
  ///   - mostNumbers: The most numbers that one statement returns. A statement with more is replaced by two smaller ones.
  init(
    _ query: CountQuery, time: Duration, pace: SearchPace = .unhurried,
    mostNumbers: Int = CountQuery.mostCounts
  ) {
    self.query = query
    self.pace = pace
    self.mostNumbers = mostNumbers
    budget = SearchBudget(time)
  }

  /// Runs the count.
  func run(over connection: PostgresConnection) throws(PostgresError) -> EventCounts {
    guard !query.times.isEmpty, !query.filter.texts.contains(where: { $0.utf8.contains(0) }) else {
      return EventCounts()
    }
    let transaction = SearchTransaction(connection: connection)
    let started = ContinuousClock.now
    var opening = StatementList()
    opening.add(SearchTransaction.begin)
    let current = opening.add(EventTable.query)
    let table = try connection.pipeline(opening)[current]
    var budget = budget
    budget.spend(started.duration(to: .now))
    let statements = CountStatements(query, table, mostNumbers: mostNumbers)
    let counts: EventCounts
    if table.index == .spans, query.filter.clock == .eventTime, query.filter.eventID == nil {
      var counter = try SpanCounter(query, statements, mostNumbers: mostNumbers, in: transaction)
      counts = try counter.run(within: budget, at: pace)
    } else {
      counts = try SliceCounter(query, table, statements, in: transaction).run(within: budget, at: pace)
    }
    try connection.execute("COMMIT")
    return counts
  }
}

/// One row of the answer of a statement.
struct CountRow: Sendable {
  let start: Int64
  let name: String?
  let number: Int64

  /// The key of the number.
  var key: EventCounts.Key { EventCounts.Key(start: start, name: name) }
}
