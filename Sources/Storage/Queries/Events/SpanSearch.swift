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
  private let transaction: SearchTransaction
  private var best: NearestEvents
  private var plan: SpanPlan
  /// Spans that were fetched and are not selected yet.
  private var waiting: ArraySlice<Span> = []
  private var isAtEnd = false
  private var fetchCount = 64
  private var pace = GroupPace()

  private static let mostFetched = 1_024

  /// Creates a search for the first `count` events.
  init(_ query: EventQuery, count: Int, in transaction: SearchTransaction) {
    self.query = query
    self.conditions = EventConditions(query)
    self.count = count
    self.transaction = transaction
    self.best = NearestEvents(count: count, isDescending: query.isDescending)
    self.plan = SpanPlan(query, count: count)
  }

  /// Runs the search, in the transaction that is open. It goes on beyond its budget until another search would read
  /// less than this one, so that searches come to an end.
  mutating func run(within budget: SearchBudget) throws(PostgresError) -> SearchFindings {
    var budget = budget
    let started = ContinuousClock.now
    var statements = StatementList()
    statements.add(Self.prefer)
    statements.add(declaration)
    let spans = statements.add(fetching)
    take(try transaction.connection.pipeline(statements)[spans])
    budget.spend(started.duration(to: .now))
    var isFirst = true
    while true {
      let reached = try frontier()
      let mayStop = reached.map { !isFirst && plan.isProgress($0) } ?? false
      if let reached, mayStop, budget.isSpent { return findings(before: reached) }
      plan.groupLimit = pace.groups
      while let span = try nextSpan(), plan.draw(span) { waiting.removeFirst() }
      if let opening = plan.opening(after: best) {
        let started = ContinuousClock.now
        let found = try read(opening, within: mayStop ? max(budget.left, .milliseconds(10)) : nil)
        let time = started.duration(to: .now)
        budget.spend(time)
        guard let found else { return findings(before: reached ?? 0) }
        best.add(found)
        pace.read(opening.groups.count, in: time, left: budget.left)
        isFirst = false
      } else if try nextSpan() == nil {
        return SearchFindings(events: best.events, continuation: nil)
      }
      plan.wantMore()
    }
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

  /// Turns sequential scans off. Without statistics, on a young table, the planner may prefer to read the
  /// whole table. Of the indexes only the one on batch_id and the primary key fit these queries.
  private static let prefer = PostgresStatement("SET LOCAL enable_seqscan = off")

  /// Declares a cursor over the spans that overlap the times of the query, nearest end first.
  private var declaration: PostgresStatement {
    let isDescending = query.isDescending
    var parameters: [PostgresParameter] = [.text(query.topic ?? "")]
    // A negative number is the correction of a purge and covers no event.
    var conditions = ["topic = $1", "n >= 0"]
    let start = query.start
    for (bound, comparison) in [
      (query.since, "max_ts >="), (query.until, "min_ts <"),
      (start, isDescending ? "min_ts <=" : "max_ts >="),
    ] {
      guard let bound else { continue }
      parameters.append(.time(bound))
      conditions.append("\(comparison) $\(parameters.count)")
    }
    return PostgresStatement(
      """
      DECLARE spans NO SCROLL CURSOR FOR
      SELECT group_id, n, min_ts, max_ts, listed FROM topic_spans
      WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(isDescending ? "max_ts DESC" : "min_ts")
      """, parameters)
  }

  /// The query for the next spans of the cursor.
  private var fetching: PostgresQuery<[Span]> {
    PostgresQuery(PostgresStatement("FETCH \(fetchCount) FROM spans")) { [plan] rows in
      (0..<rows.rowCount).map { Span(rows, $0, listing: plan.isWithin) }
    }
  }

  /// Stores the spans that `fetching` found.
  private mutating func take(_ spans: [Span]) {
    precondition(waiting.isEmpty, "spans are fetched when none waits")
    assert(spans.count <= fetchCount, "FETCH returns no more rows than it is asked for")
    waiting = spans[...]
    isAtEnd = spans.count < fetchCount
    fetchCount = min(fetchCount * 2, Self.mostFetched)
  }

  /// Returns the nearest span that is not selected; nil when none of its events can belong to the answer, or
  /// no span is left.
  private mutating func nextSpan() throws(PostgresError) -> Span? {
    if waiting.isEmpty, !isAtEnd { take(try transaction.connection.query(fetching)) }
    guard let span = waiting.first, best.mayTake(plan.nearestTime(of: span)) else { return nil }
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
      SELECT ts, event_id, topic FROM unnest(\(listed)::text[]) AS l(id)
      CROSS JOIN LATERAL (SELECT * FROM events WHERE event_id = l.id OFFSET 0) AS e
      WHERE \(conditions.sql)
      """, conditions.parameters)
    return .references(statement)
  }

  /// Returns the query for the first matching events of whole groups, through the BRIN index on
  /// batch_id. OFFSET keeps the planner from using the other conditions, for which there is no useful index.
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
        WHERE \(groups.joined(separator: " OR ")) OFFSET 0) AS e
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
    /// or its list cannot be read: then the whole group is read.
    let listed: [ListedEvents.Event]?
  }
}

extension SpanSearch.Span {
  /// Reads a row of group_id, n, min_ts, max_ts, listed.
  init(_ rows: PostgresResult, _ row: Int, listing isWithin: (Int64) -> Bool) {
    group = rows.integer(row, 0) ?? 0
    count = Int(rows.integer(row, 1) ?? 0)
    let first = rows.time(row, 2) ?? .min
    times = first...max(first, rows.time(row, 3) ?? .max)
    listed = rows.withField(row, 4) { ListedEvents.events(in: $0.bytes, where: isWithin) } ?? nil
  }
}
