internal import PostgresClient
internal import StoreInterface

/// The statements of a count.
struct CountStatements: Sendable {
  /// The most spans by which the events of a slice are found. The index on time finds those of a slice with more.
  static let mostSpans = 20_000

  private let query: CountQuery
  /// The most numbers of one statement. libpq keeps all rows of an answer in memory, so the statement has this limit.
  private let mostNumbers: Int

  init(_ query: CountQuery, mostNumbers: Int) {
    precondition(mostNumbers >= 1, "an answer has a number")
    self.query = query
    self.mostNumbers = mostNumbers
  }

  /// Returns the query for the numbers of `slice`, whose rows are `rows`; nil when there are more than `mostNumbers`.
  func counts(in slice: Range<Int64>, of rows: SliceRows) -> PostgresQuery<[SliceCount]?> {
    var conditions = EventConditions(query.filter)
    let source = rows.source(of: slice, with: &conditions)
    return numbers(source, conditions)
  }

  /// Returns the query for the numbers of the events of `part` that are in `slice`; nil when there are more than
  /// `mostNumbers`.
  func counts(in slice: Range<Int64>, of part: SpanParts.Part) -> PostgresQuery<[SliceCount]?> {
    var conditions = EventConditions(query.filter)
    let size = Int64(GroupStatements.batchesInGroup)
    let rows: String
    switch part {
    case .groups(let ranges):
      let groups = ranges.map { range in
        "batch_id >= \(conditions.place(.bigint(range.lowerBound * size)))"
          + " AND batch_id < \(conditions.place(.bigint(range.upperBound * size)))"
      }
      rows = "(SELECT * FROM events WHERE \(groups.joined(separator: " OR ")) OFFSET 0) AS e"
    case .listed(let ids, let groups):
      let listed =
        "unnest(\(conditions.place(.texts(utf8: ids)))::text[], \(conditions.place(.bigints(groups)))::bigint[])"
      rows = """
        (SELECT e.* FROM \(listed) AS l(id, group_id) CROSS JOIN LATERAL (
          SELECT * FROM events WHERE event_id = l.id OFFSET 0) AS e
        WHERE e.batch_id >= l.group_id * \(size) AND e.batch_id < (l.group_id + 1) * \(size)) AS e
        """
    }
    conditions.require("ts >= \(conditions.place(EventConditions.bound(slice.lowerBound)))")
    conditions.require("ts < \(conditions.place(EventConditions.bound(slice.upperBound)))")
    return numbers(SliceRows.Source(with: "", rows: rows), conditions)
  }

  /// Returns the query for the spans that overlap `slice`; nil when there are more than `mostSpans`.
  func spans(in slice: Range<Int64>) -> PostgresQuery<[SpanSearch.Span]?> {
    let statement = PostgresStatement(
      """
      SELECT group_id, n, min_ts, max_ts, listed FROM topic_spans
      WHERE topic = $1 AND max_ts >= $2 AND min_ts < $3 AND n >= 0 LIMIT \(Self.mostSpans + 1)
      """,
      [
        .text(query.filter.topic ?? ""), EventConditions.bound(slice.lowerBound),
        EventConditions.bound(slice.upperBound),
      ])
    return PostgresQuery(statement) { rows in
      guard rows.rowCount <= Self.mostSpans else { return nil }
      return (0..<rows.rowCount).map { SpanSearch.Span(rows, $0, listing: slice.contains) }
    }
  }

  private func numbers(
    _ source: SliceRows.Source, _ conditions: EventConditions
  ) -> PostgresQuery<[SliceCount]?> {
    var conditions = conditions
    let interval = "\(conditions.place(.bigint(query.interval)))::bigint * interval '1 us'"
    let origin = conditions.place(EventConditions.bound(query.start(of: query.times.lowerBound)))
    let name = query.grouping?.rawValue ?? "NULL::text"
    let statement = PostgresStatement(
      """
      \(source.with)SELECT date_bin(\(interval), \(conditions.time), \(origin)) AS start, \(name) AS name, count(*)
      FROM \(source.rows) WHERE \(conditions.sql) GROUP BY 1, 2 LIMIT \(mostNumbers + 1)
      """, conditions.parameters)
    return PostgresQuery(statement) { [mostNumbers] rows in
      guard rows.rowCount <= mostNumbers else { return nil }
      return (0..<rows.rowCount).map { row in
        SliceCount(
          start: rows.time(row, 0) ?? 0, name: rows.string(row, 1), number: rows.integer(row, 2) ?? 0)
      }
    }
  }
}
