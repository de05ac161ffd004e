internal import PostgresClient
internal import StoreInterface

/// The statements of a count.
struct CountStatements: Sendable {
  private let query: CountQuery
  private let table: EventTable
  /// The most numbers of one statement. libpq keeps all rows of an answer in memory, so the statement has this limit.
  private let mostNumbers: Int

  init(_ query: CountQuery, _ table: EventTable, mostNumbers: Int) {
    self.table = table
    precondition(mostNumbers >= 1, "an answer has a number")
    self.query = query
    self.mostNumbers = mostNumbers
  }

  /// Returns the query for the numbers of `slice`, whose rows are `rows`; nil when there are more than `mostNumbers`.
  func counts(in slice: Range<Int64>, of rows: SliceRows) -> PostgresQuery<[CountRow]?> {
    var conditions = EventConditions(query.filter)
    let source = rows.source(of: slice, with: &conditions)
    return numbers(source, conditions)
  }

  /// Returns the query for the numbers of the events of `part`; nil when there are more than `mostNumbers`.
  func counts(of part: CountPart) -> PostgresQuery<[CountRow]?> {
    var conditions = EventConditions(query.filter)
    let size = Int64(GroupStatements.batchesInGroup)
    switch part {
    case .groups(let groups, let times):
      let ranges = GroupRanges.of(groups).map { range in
        "batch_id >= \(conditions.place(.bigint(range.lowerBound * size)))"
          + " AND batch_id < \(conditions.place(.bigint(range.upperBound * size)))"
      }
      // The index on batch_id has the times of its blocks, too.
      let bounds =
        "ts >= \(conditions.place(EventConditions.bound(times.lowerBound)))"
        + " AND ts <= \(conditions.place(EventConditions.bound(times.upperBound)))"
      let rows =
        "(SELECT * FROM events WHERE (\(ranges.joined(separator: " OR "))) AND \(bounds)\(table.fence)) AS e"
      return numbers(SliceRows.Source(with: "", rows: rows), conditions)
    case .listed(let events):
      let ids = "\(conditions.place(.texts(utf8: events.map(\.event.id))))::text[]"
      let groups = conditions.place(.bigints(events.map(\.group)))
      let times = conditions.place(.times(events.map(\.event.time)))
      let listed = "unnest(\(ids), \(groups)::bigint[], \(times)::timestamptz[]) AS l(id, group_id, ts)"
      // Events of several topics may have the same id. Those of other times are listed, or read, by themselves.
      let rows = """
        (SELECT e.* FROM \(table.events(of: listed, id: "l.id", topic: nil, among: ids))
        WHERE e.batch_id >= l.group_id * \(size) AND e.batch_id < (l.group_id + 1) * \(size) AND e.ts = l.ts) AS e
        """
      return numbers(SliceRows.Source(with: "", rows: rows), conditions)
    }
  }

  private func numbers(
    _ source: SliceRows.Source, _ conditions: EventConditions
  ) -> PostgresQuery<[CountRow]?> {
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
        CountRow(
          start: rows.time(row, 0) ?? 0, name: rows.string(row, 1), number: rows.integer(row, 2) ?? 0)
      }
    }
  }
}
