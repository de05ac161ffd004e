internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Counts or deletes the events of a filter, slice by slice by the time of storing, until the budget is spent. Rows are
/// stored in the order of that time, so each block is read about once, whatever the filter. The events of an event id
/// are one slice, because the primary key finds them.
///
/// Each transaction deletes at most `rowsAtOnce` events and adds their number to `counters`, so that the two never
/// differ. It also corrects the numbers in `topic_spans`. The trigger on `events` tells the writers that keys were
/// deleted.
struct PurgePiece: Sendable {
  /// The most events that one transaction deletes.
  static let rowsAtOnce = 5_000

  private let step: PurgeStep
  private let budget: SearchBudget

  /// Creates a piece.
  /// - Parameter time: The database time after which it ends.
  init(_ step: PurgeStep, time: Duration) {
    self.step = step
    budget = SearchBudget(time)
  }

  /// Runs the piece.
  func run(in table: EventTable, over connection: PostgresConnection) throws(PostgresError) -> PurgeProgress {
    let now = try connection.query("SELECT now()").time(0, 0) ?? 0
    let end = step.end ?? now
    guard step.most > 0, !step.filter.texts.contains(where: { $0.utf8.contains(0) }) else {
      return PurgeProgress(events: 0, end: end, next: nil)
    }
    var walk = SliceWalk(
      over: times(before: end), isDescending: true, beginning: min(end, now), budget: budget,
      width: step.filter.eventID == nil ? step.width : SliceWalk.mostWidth, isRemote: table.isDistributed)
    var events: Int64 = 0
    while events < step.most, let slice = walk.next {
      let started = ContinuousClock.now
      let taken = try take(
        slice, of: table, atMost: step.most - events, within: walk.timeout, over: connection)
      events += taken.events
      if taken.isWhole {
        walk.read(in: started.duration(to: .now))
      } else {
        walk.gaveUp(after: started.duration(to: .now))
      }
    }
    assert(events <= step.most, "a piece keeps to its number of events")
    let isAtEnd = walk.rest.isEmpty || events == step.most
    let next = isAtEnd ? nil : step.following(events, before: walk.rest.upperBound, width: walk.width)
    return PurgeProgress(events: events, end: end, next: next)
  }

  /// The times of storing that the piece is about.
  private func times(before end: Int64) -> Range<Int64> {
    let isBounded = step.filter.clock == .processedAt
    let since = isBounded ? step.filter.since ?? .min : .min
    let lower = max(since, EventConditions.firstTime)
    let upper = min(end, isBounded ? step.filter.until ?? .max : .max)
    return lower..<max(lower, upper)
  }

  /// Counts or deletes at most `most` events of `slice`. An event that is deleted is not found again when the slice is
  /// repeated.
  /// - Returns: Number of events, and whether these are all of the slice, or `most`.
  private func take(
    _ slice: Range<Int64>, of table: EventTable, atMost most: Int64, within timeout: Duration?,
    over connection: PostgresConnection
  ) throws(PostgresError) -> (events: Int64, isWhole: Bool) {
    guard case .delete = step.action else {
      let count = try attempt(
        PurgeStatements.count(of: step.filter, in: slice, table), timeout, over: connection)
      return (count ?? 0, count != nil)
    }
    let deadline = timeout.map { ContinuousClock.now + $0 }
    var deleted: Int64 = 0
    while deleted < most {
      let limit = Int(min(Int64(Self.rowsAtOnce), most - deleted))
      let keys = try attempt(
        PurgeStatements.keys(of: step.filter, in: slice, table, limit: limit), timeout, over: connection)
      guard let keys else { return (deleted, false) }
      if !keys.isEmpty { deleted += try delete(keys, of: table, over: connection) }
      if keys.count < limit { return (deleted, true) }
      if let deadline, deadline < .now { return (deleted, deleted == most) }
    }
    return (deleted, true)
  }

  private func attempt<Value>(
    _ query: PostgresQuery<Value>, _ timeout: Duration?, over connection: PostgresConnection
  ) throws(PostgresError) -> Value? {
    try connection.transaction { () throws(PostgresError) in
      try SearchTransaction(connection: connection).attempt(
        query, after: [PurgeStatements.preparation], within: timeout)
    }
  }

  /// Deletes the events with these keys that the filter still selects, in one transaction.
  private func delete(
    _ keys: [EventReference], of table: EventTable, over connection: PostgresConnection
  ) throws(PostgresError) -> Int64 {
    try connection.transaction { () throws(PostgresError) in
      let deleted =
        table.isDistributed
        ? try DistributedDeletion(connection: connection).delete(keys, step.filter, table)
        : try connection.query(PurgeStatements.deletion(of: keys, step.filter))
      assert(deleted.events <= keys.count, "a key has one event")
      if let times = deleted.times {
        var statements = StatementList()
        statements.add(PurgeStatements.preparation)
        statements.add(PurgeStatements.removalOfEmptySpans(of: times))
        _ = statements.add(PurgeStatements.expire(deleted.events))
        _ = try connection.pipeline(statements)
      }
      return deleted.events
    }
  }
}

extension PurgeStep {
  /// Returns the piece after this one, which took `events` events.
  fileprivate func following(_ events: Int64, before end: Int64, width: Int64) -> PurgeStep {
    switch action {
    case .count: PurgeStep(filter, before: end, width: width, .count)
    case .delete: PurgeStep(filter, before: end, width: width, .delete(atMost: most - events))
    }
  }
}
