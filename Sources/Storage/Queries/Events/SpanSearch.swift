internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Finds events by the index of spans, with a threshold algorithm.
///
/// The spans of the topic are taken in the order of the end that is nearest to the beginning of the page. The
/// events of each span are read, and the nearest are kept. The search ends when the farthest of the kept
/// events is nearer than the next span's end, because no event of a later span can then belong to the answer.
///
/// When the budget is spent, the events are known that are nearer than everything that was not read yet. Another search
/// goes on from there.
struct SpanSearch {
  private let conditions: EventConditions
  private let query: EventQuery
  private let count: Int
  private let table: EventTable
  private let transaction: SearchTransaction
  private var best: NearestEvents
  private var plan: SpanPlan
  private var cursor: SpanCursor
  private var groupPace = GroupPace()
  /// The time of fetching spans that was not taken from the budget yet.
  private var fetchTime = Duration.zero
  private let pace: SearchPace

  /// Creates a search for the first `count` events, and fetches the first spans.
  init(
    _ query: EventQuery, count: Int, _ table: EventTable, in transaction: SearchTransaction, pace: SearchPace
  ) throws(PostgresError) {
    let started = ContinuousClock.now
    self.query = query
    self.pace = pace
    self.table = table
    self.conditions = EventConditions(query)
    self.count = count
    self.transaction = transaction
    self.best = NearestEvents(count: count, isDescending: query.isDescending)
    let plan = SpanPlan(query, count: count)
    self.plan = plan
    cursor = try SpanCursor(
      Self.selection(of: query, isWanted: plan.isWithin), fetching: 64, atMost: 1_024, in: transaction)
    fetchTime = started.duration(to: .now)
  }

  /// Runs the search, in the transaction that is open. It goes on beyond its budget until another search would read
  /// less than this one, so that searches come to an end.
  mutating func run(within budget: SearchBudget) throws(PostgresError) -> SearchFindings {
    var budget = budget
    var isFirst = true
    while true {
      budget.spend(takeFetchTime())
      let reached = try frontier()
      let mayStop = reached.map { !isFirst && plan.isProgress($0) } ?? false
      if let reached, mayStop, budget.isSpent { return findings(before: reached) }
      plan.groupLimit = groupPace.groups
      try draw(atLeastOne: isFirst, within: budget.left)
      if let opening = plan.opening(after: best) {
        let started = ContinuousClock.now
        let found = try read(opening, within: mayStop ? max(budget.left, .milliseconds(10)) : nil)
        let time = started.duration(to: .now)
        guard let found else { return findings(before: reached ?? 0) }
        best.add(found)
        isFirst = false
        // A search that has found its events needs no pause.
        guard try frontier() != nil else { continue }
        pace.spend(time, of: &budget)
        groupPace.read(opening.groups.count, in: time, left: budget.stepLimit)
      } else if try nextSpan() == nil {
        return SearchFindings(events: best.events, continuation: nil)
      }
      isFirst = false
      plan.wantMore()
    }
  }

  /// Selects spans for the next round. Rows of buckets may list no event of the topic, so that any number of them may be
  /// drawn; then the search stops drawing when the time is spent and another search would begin later.
  private mutating func draw(atLeastOne: Bool, within time: Duration) throws(PostgresError) {
    var isFirst = atLeastOne
    while let span = try nextSpan() {
      if !isFirst, fetchTime >= time, plan.isProgress(plan.nearestTime(of: span)) { return }
      guard plan.draw(span) else { return }
      cursor.removeNext()
      isFirst = false
    }
  }

  /// Returns the time of fetching spans since the last call.
  private mutating func takeFetchTime() -> Duration {
    defer { fetchTime = .zero }
    return fetchTime
  }

  /// The nearest time of an event that was not read yet and may belong to the answer; nil when there is none.
  private mutating func frontier() throws(PostgresError) -> Int64? {
    let span = try nextSpan().map { plan.nearestTime(of: $0) }
    let times = [span, plan.nearestCandidate.flatMap { best.mayTake($0) ? $0 : nil }].compactMap(\.self)
    return times.dropFirst().reduce(times.first) { nearest, time in nearest.map { plan.nearer($0, time) } }
  }

  /// The events that are nearer than `time`. Others of that time may be unknown.
  private func findings(before time: Int64) -> SearchFindings {
    let known = best.events.prefix { query.isDescending ? $0.time > time : $0.time < time }
    return SearchFindings(events: Array(known), continuation: known.count == count ? nil : time)
  }

  /// The spans that overlap the times of the query, nearest end first.
  private static func selection(
    of query: EventQuery, isWanted: @escaping @Sendable (Int64) -> Bool
  ) -> SpanCursor.Selection {
    let isDescending = query.isDescending
    var selection = SpanCursor.Selection(
      source: SpanSource(query.topic), isDescending: isDescending, isWanted: isWanted)
    for (bound, comparison) in [
      (query.since, "max_ts >="), (query.until, "min_ts <"),
      (query.start, isDescending ? "min_ts <=" : "max_ts >="),
    ] {
      guard let bound else { continue }
      selection.parameters.append(.time(bound))
      selection.conditions.append("\(comparison) $\(selection.parameters.count + 1)")
    }
    return selection
  }

  /// Returns the nearest span that is not selected; nil when none of its events can belong to the answer, or
  /// no span is left.
  private mutating func nextSpan() throws(PostgresError) -> Span? {
    let started = ContinuousClock.now
    let next = try cursor.next()
    fetchTime += started.duration(to: .now)
    guard let span = next, best.mayTake(plan.nearestTime(of: span)) else { return nil }
    return span
  }

  /// Returns the matching events of `opening`, each at least once; of the groups at most `count`. Returns nil when that
  /// takes longer than `timeout`.
  private func read(
    _ opening: SpanPlan.Opening, within timeout: Duration?
  ) throws(PostgresError) -> [EventReference]? {
    var parts: [PostgresQuery<[EventReference]>] = []
    if !opening.ids.isEmpty { parts.append(listedQuery(opening.ids)) }
    if !opening.groups.isEmpty { parts.append(groupsQuery(opening.groups)) }
    var found: [EventReference] = []
    for part in parts {
      guard let events = try transaction.attempt(part, within: timeout) else { return nil }
      found += events
    }
    return found
  }

  /// Returns the query for the matching events among listed ones. Some may be missing: a span may
  /// name events that another group had stored already, and retention deletes events before their spans.
  private func listedQuery(_ ids: [[UInt8]]) -> PostgresQuery<[EventReference]> {
    var conditions = conditions
    let listed = conditions.place(.texts(utf8: ids))
    let statement = PostgresStatement(
      """
      SELECT ts, event_id, topic
      FROM \(table.events(of: "unnest(\(listed)::text[]) AS l(id)", id: "l.id", topic: nil, among: "\(listed)::text[]"))
      WHERE \(conditions.sql)
      """, conditions.parameters)
    return .references(statement)
  }

  /// Returns the query for the first matching events of whole groups, through the BRIN index on
  /// batch_id.
  private func groupsQuery(_ groups: [Int64]) -> PostgresQuery<[EventReference]> {
    var conditions = conditions
    let size = Int64(GroupStatements.batchesInGroup)
    let ranges = GroupRanges.of(groups)
    let groups = ranges.map { range in
      "batch_id >= \(conditions.place(.bigint(range.lowerBound * size)))"
        + " AND batch_id < \(conditions.place(.bigint(range.upperBound * size)))"
    }
    let limit = conditions.place(.bigint(Int64(count)))
    let statement = PostgresStatement(
      """
      SELECT ts, event_id, topic FROM (
        SELECT \(conditions.columns.sorted().joined(separator: ", ")) FROM events
        WHERE \(groups.joined(separator: " OR "))\(table.fence)) AS e
      WHERE \(conditions.sql) ORDER BY \(conditions.ordering) LIMIT \(limit)
      """, conditions.parameters)
    return .references(statement)
  }
}

extension SpanSearch {
  /// A row of `topic_spans`.
  struct Span {
    let group: Int64
    let count: Int
    let times: ClosedRange<Int64>
    /// Events of the span within the times of the query, if the row lists them; nil when the row lists none
    /// or its list cannot be read: then the whole group is read. Of a bucket these are the events with the topic's tag.
    let listed: [ListedEvents.Event]?
  }
}
