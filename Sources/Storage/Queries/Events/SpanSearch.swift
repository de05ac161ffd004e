internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Finds events by the index of spans, with a threshold algorithm.
///
/// The spans of the topic are taken in the order of the end that is nearest to the beginning of the page. The
/// events of each span are read, and the nearest are kept. The search ends when the farthest of the kept
/// events is nearer than the next span's end, because no event of a later span can then belong to the answer.
struct SpanSearch {
  private let filter: EventFilter
  private let query: EventQuery
  private let count: Int
  private let connection: PostgresConnection
  private var best: NearestEvents
  private var plan: SpanPlan
  /// Spans that were fetched and are not selected yet.
  private var waiting: ArraySlice<Span> = []
  private var isAtEnd = false
  private var fetchCount = 64

  private static let mostFetched = 1_024

  /// Creates a search for the first `count` events.
  init(_ query: EventQuery, count: Int, over connection: PostgresConnection) {
    self.query = query
    self.filter = EventFilter(query)
    self.count = count
    self.connection = connection
    self.best = NearestEvents(count: count, isDescending: query.order == .newestFirst)
    self.plan = SpanPlan(query, count: count)
  }

  /// Runs the search, in the transaction that is open.
  mutating func run() throws(PostgresError) -> [EventReference] {
    var statements = StatementList()
    statements.add(Self.prefer)
    statements.add(declaration)
    let spans = statements.add(fetching)
    take(try connection.pipeline(statements)[spans])
    while true {
      while let span = try nextSpan(), plan.draw(span) { waiting.removeFirst() }
      if let opening = plan.opening(after: best) {
        best.add(try read(opening))
      } else if try nextSpan() == nil {
        return best.events
      }
      plan.wantMore()
    }
  }

  /// Turns sequential scans off. Without statistics, on a young table, the planner may prefer to read the
  /// whole table. Of the indexes only the one on batch_id and the primary key fit these queries.
  private static let prefer = PostgresStatement("SET LOCAL enable_seqscan = off")

  /// Declares a cursor over the spans that overlap the times of the query, nearest end first.
  private var declaration: PostgresStatement {
    let isDescending = query.order == .newestFirst
    var parameters: [PostgresParameter] = [.text(query.topic ?? "")]
    var conditions = ["topic = $1"]
    let after = query.after?.timestamp
    for (bound, comparison) in [
      (query.since, "max_ts >="), (query.until, "min_ts <"),
      (after, isDescending ? "min_ts <=" : "max_ts >="),
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
    if waiting.isEmpty, !isAtEnd { take(try connection.query(fetching)) }
    guard let span = waiting.first, best.mayTake(plan.nearestTime(of: span)) else { return nil }
    return span
  }

  /// Returns the matching events of `opening`, each at least once; of the groups at most `count`.
  private func read(_ opening: SpanPlan.Opening) throws(PostgresError) -> [EventReference] {
    var statements = StatementList()
    var found: [ResultSlot<[EventReference]>] = []
    if !opening.ids.isEmpty { found.append(statements.add(listedQuery(opening.ids))) }
    if !opening.groups.isEmpty { found.append(statements.add(groupsQuery(opening.groups))) }
    let results = try connection.pipeline(statements)
    return found.flatMap { results[$0] }
  }

  /// Returns the query for the matching events among listed ones. Some may be missing: a span may
  /// name events that another group had stored already, and retention deletes events before their spans.
  private func listedQuery(_ ids: [[UInt8]]) -> PostgresQuery<[EventReference]> {
    var filter = filter
    let listed = filter.place(.texts(utf8: ids))
    let statement = PostgresStatement(
      """
      SELECT ts, event_id, topic FROM unnest(\(listed)::text[]) AS l(id)
      CROSS JOIN LATERAL (SELECT * FROM events WHERE event_id = l.id OFFSET 0) AS e
      WHERE \(filter.sql)
      """, filter.parameters)
    return .references(statement)
  }

  /// Returns the query for the first matching events of whole groups, through the BRIN index on
  /// batch_id. OFFSET keeps the planner from using the other conditions, for which there is no useful index.
  private func groupsQuery(_ groups: [Int64]) -> PostgresQuery<[EventReference]> {
    var filter = filter
    let size = Int64(GroupStatements.batchesInGroup)
    let ranges = groups.sorted().reduce(into: [Range<Int64>]()) { ranges, group in
      if let last = ranges.last, last.upperBound >= group {
        ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, group + 1)
      } else {
        ranges.append(group..<group + 1)
      }
    }
    let conditions = ranges.map { range in
      "batch_id >= \(filter.place(.bigint(range.lowerBound * size)))"
        + " AND batch_id < \(filter.place(.bigint(range.upperBound * size)))"
    }
    let limit = filter.place(.bigint(Int64(count)))
    let statement = PostgresStatement(
      """
      SELECT ts, event_id, topic FROM (
        SELECT ts, event_id, topic, source FROM events
        WHERE \(conditions.joined(separator: " OR ")) OFFSET 0) AS e
      WHERE \(filter.sql) ORDER BY \(filter.ordering) LIMIT \(limit)
      """, filter.parameters)
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
