internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Counts events slice by slice, from the latest times on, until all are counted or the budget is spent.
struct CountSearch: Sendable {
  private let query: CountQuery
  private let budget: SearchBudget

  /// Creates a count.
  /// - Parameter time: The database time after which it stops.
  init(_ query: CountQuery, time: Duration) {
    self.query = query
    budget = SearchBudget(time)
  }

  /// Runs the count.
  func run(over connection: PostgresConnection) throws(PostgresError) -> EventCounts {
    guard !query.times.isEmpty, !query.filter.texts.contains(where: { $0.utf8.contains(0) }) else {
      return EventCounts()
    }
    let transaction = SearchTransaction(connection: connection)
    var opening = StatementList()
    opening.add(SearchTransaction.begin)
    let current = opening.add(EventIndexChange.query)
    let index = try connection.pipeline(opening)[current]
    let counter = SliceCounter(query, index: index, in: transaction)
    var walk = SliceWalk(
      over: query.times, isDescending: true, beginning: query.times.upperBound, budget: budget)
    var counts = EventCounts()
    while let slice = walk.next {
      let started = ContinuousClock.now
      let found = try counter.counts(in: slice, within: walk.timeout)
      guard let found else {
        walk.gaveUp(after: started.duration(to: .now))
        continue
      }
      walk.read(in: started.duration(to: .now))
      for count in found { counts.add(count.number, at: count.start, named: count.name) }
    }
    counts.searchedUntil = walk.rest.isEmpty ? nil : walk.rest.upperBound
    try connection.execute("COMMIT")
    return counts
  }
}

/// One number of a slice.
struct SliceCount: Sendable {
  let start: Int64
  let name: String?
  let number: Int64
}

/// Counts the events of one slice of time.
struct SliceCounter {
  private let query: CountQuery
  private let transaction: SearchTransaction
  private let rows: SliceRows
  /// Whether the index of spans finds the events.
  private let usesSpans: Bool
  private let statements: CountStatements

  init(_ query: CountQuery, index: EventIndex, in transaction: SearchTransaction) {
    self.query = query
    self.transaction = transaction
    rows = SliceRows(query.filter, index: index)
    usesSpans = index == .spans && query.filter.clock == .eventTime && query.filter.eventID == nil
    statements = CountStatements(query)
  }

  /// Returns the numbers of events in `slice`; nil when counting them takes longer than `timeout`.
  func counts(in slice: Range<Int64>, within timeout: Duration?) throws(PostgresError) -> [SliceCount]? {
    let deadline = timeout.map { ContinuousClock.now + $0 }
    func left() -> Duration? { deadline.map { max(ContinuousClock.now.duration(to: $0), .milliseconds(1)) } }
    guard usesSpans else {
      return try transaction.attempt(
        statements.counts(in: slice, of: rows), after: [rows.preparation], within: left())
    }
    let preparation = [PostgresStatement("SET LOCAL enable_seqscan = off")]
    guard
      let spans = try transaction.attempt(statements.spans(in: slice), after: preparation, within: left()),
      timeout == nil || spans.count < CountStatements.mostSpans
    else { return nil }
    var counts: [SliceCount] = []
    for part in SpanParts(spans).parts {
      let query = statements.counts(in: slice, of: part)
      guard let found = try transaction.attempt(query, after: preparation, within: left()) else { return nil }
      counts += found
    }
    return counts
  }
}
