internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Counts events slice by slice, from the latest times on, until all are counted or the budget is spent.
struct CountSearch: Sendable {
  private let query: CountQuery
  private let budget: SearchBudget
  private let mostNumbers: Int

  /// Creates a count.
  /// - Parameters:
  ///   - time: The database time after which it stops.
  ///   - mostNumbers: The most numbers of a slice; a slice with more is divided.
  init(_ query: CountQuery, time: Duration, mostNumbers: Int = CountQuery.mostCounts) {
    self.query = query
    self.mostNumbers = mostNumbers
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
    let counter = SliceCounter(query, index: index, mostNumbers: mostNumbers, in: transaction)
    var walk = SliceWalk(
      over: query.times, isDescending: true, beginning: query.times.upperBound, budget: budget,
      width: query.filter.eventID == nil ? nil : SliceWalk.mostWidth)
    var counts = EventCounts()
    while !counts.hasTooManyNumbers, let slice = walk.next {
      let started = ContinuousClock.now
      let found = try counter.counts(in: slice, within: walk.timeout)
      let time = started.duration(to: .now)
      switch found {
      case .numbers(let numbers):
        walk.read(in: time)
        for (key, number) in numbers { counts.add(number, at: key.start, named: key.name) }
      case .tooMany where walk.width <= SliceWalk.leastWidth: counts.hasTooManyNumbers = true
      case .tooMany, .tooSlow: walk.gaveUp(after: time)
      }
    }
    counts.searchedUntil = walk.rest.isEmpty ? nil : walk.rest.upperBound
    try connection.execute("COMMIT")
    return counts
  }
}

/// One row of the answer of a statement.
struct SliceCount: Sendable {
  let start: Int64
  let name: String?
  let number: Int64
}

/// Counts the events of one slice of time.
struct SliceCounter {
  /// The result for a slice.
  enum Result: Sendable {
    /// The numbers of events.
    case numbers([EventCounts.Key: Int64])
    /// There are more numbers than a slice may have.
    case tooMany
    /// The count took too long.
    case tooSlow
  }

  private let transaction: SearchTransaction
  private let rows: SliceRows
  /// Whether the index of spans finds the events.
  private let usesSpans: Bool
  private let mostNumbers: Int
  private let statements: CountStatements

  init(_ query: CountQuery, index: EventIndex, mostNumbers: Int, in transaction: SearchTransaction) {
    self.transaction = transaction
    self.mostNumbers = mostNumbers
    rows = SliceRows(query.filter, index: index)
    usesSpans = index == .spans && query.filter.clock == .eventTime && query.filter.eventID == nil
    statements = CountStatements(query, mostNumbers: mostNumbers)
  }

  /// Returns the numbers of events in `slice`, which are found within `timeout`.
  func counts(in slice: Range<Int64>, within timeout: Duration?) throws(PostgresError) -> Result {
    let deadline = timeout.map { ContinuousClock.now + $0 }
    func left() -> Duration? { deadline.map { max(ContinuousClock.now.duration(to: $0), .milliseconds(1)) } }
    var parts: [SpanParts.Part]?
    if usesSpans {
      let spans = try transaction.attempt(
        statements.spans(in: slice), after: [Self.preparation], within: left())
      guard let spans else { return .tooSlow }
      parts = spans.map { SpanParts($0).parts }
    }
    guard let parts else {
      return try sum([statements.counts(in: slice, of: rows)], after: rows.preparation, left)
    }
    return try sum(
      parts.lazy.map { statements.counts(in: slice, of: $0) }, after: Self.preparation, left)
  }

  private static let preparation = PostgresStatement("SET LOCAL enable_seqscan = off")

  /// Returns the sums of the answers to `queries`.
  private func sum(
    _ queries: some Sequence<PostgresQuery<[SliceCount]?>>, after preparation: PostgresStatement,
    _ left: () -> Duration?
  ) throws(PostgresError) -> Result {
    var numbers: [EventCounts.Key: Int64] = [:]
    for query in queries {
      let answer = try transaction.attempt(query, after: [preparation], within: left())
      guard let answer else { return .tooSlow }
      guard let answer else { return .tooMany }
      for count in answer {
        numbers[EventCounts.Key(start: count.start, name: count.name), default: 0] += count.number
      }
      guard numbers.count <= mostNumbers else { return .tooMany }
    }
    return .numbers(numbers)
  }
}
