internal import PostgresClient
internal import StoreInterface

/// Counts events slice by slice, by an index on their times or by the primary key.
struct SliceCounter {
  /// The result for a slice.
  private enum Result {
    /// The numbers of events.
    case numbers([CountRow])
    /// There are more numbers than a slice may have.
    case tooMany
    /// The count took too long.
    case tooSlow
  }

  private let query: CountQuery
  private let transaction: SearchTransaction
  private let rows: SliceRows
  private let statements: CountStatements

  init(
    _ query: CountQuery, _ table: EventTable, _ statements: CountStatements, in transaction: SearchTransaction
  ) {
    self.query = query
    self.transaction = transaction
    self.statements = statements
    rows = SliceRows(query.filter, table)
  }

  /// Runs the count.
  func run(within budget: SearchBudget, at pace: SearchPace) throws(PostgresError) -> EventCounts {
    var walk = SliceWalk(
      over: query.times, isDescending: true, beginning: query.times.upperBound, budget: budget,
      width: query.filter.eventID == nil ? query.width : SliceWalk.mostWidth, isRemote: rows.isRemote)
    var counts = EventCounts()
    while try count(&walk, at: pace, into: &counts) {}
    counts.searchedUntil = walk.rest.isEmpty ? nil : walk.rest.upperBound
    counts.width = walk.width
    return counts
  }

  /// Counts the next slice, or gives it up.
  /// - Returns: Whether to go on.
  private func count(
    _ walk: inout SliceWalk, at pace: SearchPace, into counts: inout EventCounts
  ) throws(PostgresError) -> Bool {
    guard let slice = walk.next else { return false }
    let started = ContinuousClock.now
    let found = try numbers(in: slice, within: walk.timeout)
    let time = started.duration(to: .now)
    switch found {
    case .numbers(let numbers):
      let wasEmpty = try numbers.isEmpty && walk.isSlow(time) ? rows.isEmpty(slice, in: transaction) : false
      walk.read(in: started.duration(to: .now), wasEmpty: wasEmpty, spend: pace.spend(_:of:))
      for row in numbers { counts.add(row.number, at: row.start, named: row.name) }
    case .tooMany where walk.width <= SliceWalk.leastWidth:
      counts.hasTooManyNumbers = true
      return false
    case .tooMany, .tooSlow: walk.gaveUp(after: time)
    }
    return true
  }

  /// Returns the numbers of events in `slice`, which are found within `timeout`.
  private func numbers(in slice: Range<Int64>, within timeout: Duration?) throws(PostgresError) -> Result {
    let answer = try transaction.attempt(
      statements.counts(in: slice, of: rows), after: [rows.preparation], within: timeout)
    guard let answer else { return .tooSlow }
    guard let answer else { return .tooMany }
    return .numbers(answer)
  }
}
