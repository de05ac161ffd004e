internal import Ingest

/// Finds events by the index of spans: a threshold algorithm.
///
/// The spans of the topic are visited by the end that is nearest to where the page begins. The events of each
/// are read and the best kept; when the worst of them is nearer than the next span's end, no event of an
/// unopened span can belong to the answer.
struct SpanSearch {
  private let filter: EventFilter
  private let query: EventQuery
  private let count: Int
  private let connection: PostgresConnection
  private var best: NearestEvents
  private var plan: SpanPlan
  /// Spans that were fetched and not drawn.
  private var waiting: ArraySlice<Span> = []
  private var isAtEnd = false
  private var fetchCount = 64

  private static let mostFetched = 1_024

  /// A search for the first `count` events.
  init(_ query: EventQuery, count: Int, over connection: PostgresConnection) {
    self.query = query
    self.filter = EventFilter(query)
    self.count = count
    self.connection = connection
    self.best = NearestEvents(count: count, isDescending: query.order == .newestFirst)
    self.plan = SpanPlan(query, count: count)
  }

  /// Runs it, in the transaction that is open.
  mutating func run() throws(PostgresError) -> [EventReference] {
    take(try connection.pipeline([Self.prefer, declaration, fetching]).last)
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

  /// Without statistics, on a young table, the planner may prefer to read the whole of it; and of the
  /// indexes only the one on batch_id and the primary key lead anywhere.
  private static let prefer = PostgresStatement("SET LOCAL enable_seqscan = off")

  /// The spans that overlap what is asked for, nearest end first.
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

  private var fetching: PostgresStatement { PostgresStatement("FETCH \(fetchCount) FROM spans") }

  /// Takes the answer to `fetching`.
  private mutating func take(_ rows: PostgresResult?) {
    let count = rows?.rowCount ?? 0
    waiting = rows.map { rows in (0..<count).map { Span(rows, $0, listing: plan.isWithin) }[...] } ?? []
    isAtEnd = count < fetchCount
    fetchCount = min(fetchCount * 2, Self.mostFetched)
  }

  /// The nearest span that was not drawn, where one of its events could belong to the answer.
  private mutating func nextSpan() throws(PostgresError) -> Span? {
    if waiting.isEmpty, !isAtEnd { take(try connection.query(fetching)) }
    guard let span = waiting.first, best.mayTake(plan.nearestTime(of: span)) else { return nil }
    return span
  }

  /// The matching events of what is opened, each at least once, up to `count` of the groups'.
  private func read(_ opening: SpanPlan.Opening) throws(PostgresError) -> [EventReference] {
    var statements: [PostgresStatement] = []
    if !opening.ids.isEmpty { statements.append(listedStatement(opening.ids)) }
    if !opening.groups.isEmpty { statements.append(groupsStatement(opening.groups)) }
    return try connection.pipeline(statements).flatMap(\.references)
  }

  /// The matching ones among the events that spans list. Not all of them need be there: a span may name events
  /// that another group had stored already, and retention deletes events before their spans.
  private func listedStatement(_ ids: [[UInt8]]) -> PostgresStatement {
    var filter = filter
    let listed = filter.place(.texts(utf8: ids))
    return PostgresStatement(
      """
      SELECT ts, event_id, topic FROM unnest(\(listed)::text[]) AS l(id)
      CROSS JOIN LATERAL (SELECT * FROM events WHERE event_id = l.id OFFSET 0) AS e
      WHERE \(filter.sql)
      """, filter.parameters)
  }

  /// The first matching events of whole groups, read through the BRIN index on batch_id: OFFSET keeps the
  /// other conditions, for which there is no useful index, out of the planner's choice.
  private func groupsStatement(_ groups: [Int64]) -> PostgresStatement {
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
    return PostgresStatement(
      """
      SELECT ts, event_id, topic FROM (
        SELECT ts, event_id, topic, source FROM events
        WHERE \(conditions.joined(separator: " OR ")) OFFSET 0) AS e
      WHERE \(filter.sql) ORDER BY \(filter.ordering) LIMIT \(limit)
      """, filter.parameters)
  }
}

extension SpanSearch {
  /// A row of `topic_spans`.
  struct Span {
    let group: Int64
    let count: Int
    let times: ClosedRange<Int64>
    /// Those of its events that are asked for, where the row lists them; a list that cannot be read stands
    /// for its whole group.
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
