internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Counts or deletes the events of a filter, slice by slice by the time of storing, until the budget is spent. Rows are
/// stored in the order of that time, so each block is read about once, whatever the filter.
///
/// Each transaction deletes at most `rowsAtOnce` events and adds their number to `counters`, so that the two never
/// differ. The trigger on `events` tells the writers that keys were deleted.
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
  func run(over connection: PostgresConnection) throws(PostgresError) -> PurgeProgress {
    guard !step.filter.texts.contains(where: { $0.utf8.contains(0) }) else {
      return PurgeProgress(events: 0, next: nil)
    }
    let now = try connection.query("SELECT now()").time(0, 0) ?? 0
    let times = times
    var walk = SliceWalk(
      over: times, isDescending: true, beginning: times.upperBound < .max ? times.upperBound : now,
      budget: budget, width: step.width)
    var events: Int64 = 0
    while let slice = walk.next {
      let started = ContinuousClock.now
      let taken = try take(slice, within: walk.timeout, over: connection)
      events += taken.events
      if taken.isWhole {
        walk.read(in: started.duration(to: .now))
      } else {
        walk.gaveUp(after: started.duration(to: .now))
      }
    }
    let rest = walk.rest.isEmpty ? nil : walk.rest.upperBound
    return PurgeProgress(
      events: events,
      next: rest.map { [width = walk.width] in
        PurgeStep(step.filter, before: $0, width: width, isDryRun: step.isDryRun)
      })
  }

  /// The times of storing that the piece is about.
  private var times: Range<Int64> {
    let isBounded = step.filter.clock == .processedAt
    let lower = isBounded ? step.filter.since ?? .min : .min
    let upper = min(step.end ?? .max, isBounded ? step.filter.until ?? .max : .max)
    return lower..<max(lower, upper)
  }

  /// Counts or deletes events of `slice`. An event that is deleted is not found again when the slice is repeated.
  /// - Returns: Number of events, and whether these are all of the slice.
  private func take(
    _ slice: Range<Int64>, within timeout: Duration?, over connection: PostgresConnection
  ) throws(PostgresError) -> (events: Int64, isWhole: Bool) {
    guard !step.isDryRun else {
      let count = try attempt(PurgeStatements.count(of: step.filter, in: slice), timeout, over: connection)
      return (count ?? 0, count != nil)
    }
    let deadline = timeout.map { ContinuousClock.now + $0 }
    var deleted: Int64 = 0
    while true {
      let keys = try attempt(
        PurgeStatements.keys(of: step.filter, in: slice, limit: Self.rowsAtOnce), timeout, over: connection)
      guard let keys else { return (deleted, false) }
      if !keys.isEmpty { deleted += try delete(keys, over: connection) }
      if keys.count < Self.rowsAtOnce { return (deleted, true) }
      if let deadline, deadline < .now { return (deleted, false) }
    }
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
    _ keys: [EventReference], over connection: PostgresConnection
  ) throws(PostgresError) -> Int64 {
    try connection.transaction { () throws(PostgresError) in
      let deleted = try connection.query(PurgeStatements.deletion(of: keys, step.filter))
      assert(deleted <= keys.count, "a key has one event")
      if deleted > 0 { _ = try connection.query(PurgeStatements.expire(deleted)) }
      return Int64(deleted)
    }
  }
}

/// The statements of a purge.
enum PurgeStatements {
  /// The statement before each search, so that the BRIN index on the time of storing is used.
  static let preparation = PostgresStatement("SET LOCAL enable_seqscan = off")

  /// Returns the query for the number of events in `slice`.
  static func count(of filter: EventFilter, in slice: Range<Int64>) -> PostgresQuery<Int64> {
    var conditions = EventConditions(filter)
    let rows = rows(in: slice, &conditions)
    return PostgresQuery(
      PostgresStatement("SELECT count(*) FROM \(rows) WHERE \(conditions.sql)", conditions.parameters)
    ) { $0.integer(0, 0) ?? 0 }
  }

  /// Returns the query for the keys of at most `limit` events in `slice`.
  static func keys(
    of filter: EventFilter, in slice: Range<Int64>, limit: Int
  ) -> PostgresQuery<[EventReference]> {
    var conditions = EventConditions(filter)
    let rows = rows(in: slice, &conditions)
    return .references(
      PostgresStatement(
        "SELECT \(conditions.reference) FROM \(rows) WHERE \(conditions.sql) LIMIT \(limit)",
        conditions.parameters))
  }

  /// Returns the query that deletes the events with these keys that `filter` selects, and tells how many these are.
  static func deletion(of keys: [EventReference], _ filter: EventFilter) -> PostgresQuery<Int> {
    var conditions = EventConditions(filter)
    let ids = conditions.place(.texts(utf8: keys.map(\.eventID)))
    let topics = conditions.place(.texts(utf8: keys.map(\.topic)))
    let statement = PostgresStatement(
      """
      WITH doomed AS (
        SELECT event_id, topic FROM unnest(\(ids)::text[], \(topics)::text[]) AS k(id, name)
        CROSS JOIN LATERAL (SELECT * FROM events WHERE event_id = k.id AND topic = k.name OFFSET 0) AS e
        WHERE \(conditions.sql))
      DELETE FROM events USING doomed
      WHERE events.event_id = doomed.event_id AND events.topic = doomed.topic
      """, conditions.parameters)
    return PostgresQuery(statement) { $0.affectedRows }
  }

  /// Returns the query that counts `number` events as deleted.
  static func expire(_ number: Int) -> PostgresQuery<Void> {
    let statement = PostgresStatement(
      """
      INSERT INTO counters AS c (shard, expired) VALUES (0, $1)
      ON CONFLICT (shard) DO UPDATE SET expired = c.expired + EXCLUDED.expired
      """, [.bigint(Int64(number))])
    return PostgresQuery(statement) { _ in }
  }

  private static func rows(in slice: Range<Int64>, _ conditions: inout EventConditions) -> String {
    let bounds =
      "processed_at >= \(conditions.place(EventConditions.bound(slice.lowerBound)))"
      + " AND processed_at < \(conditions.place(EventConditions.bound(slice.upperBound)))"
    return "(SELECT * FROM events WHERE \(bounds) OFFSET 0) AS e"
  }
}
