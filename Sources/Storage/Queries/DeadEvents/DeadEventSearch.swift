internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// A page of dead events, in the order of the primary key or its reverse.
///
/// A search looks at up to `rowsInSlice` rows, which takes some 50 ms, and then gives what it has found. The times of
/// a query first become ids of batches, so that a search does not begin far from the rows that it looks for.
struct DeadEventSearch: Sendable {
  /// Maximum number of rows that a page looks at.
  static let rowsInSlice = 10_000
  /// Maximum time in microseconds by which rows may be out of the order of their ids. A group takes its id in its
  /// transaction, whose start is the time of its rows.
  private static let disorder: Int64 = 3_600_000_000

  private let query: DeadEventQuery
  private let slice: Int

  /// - Parameter slice: Maximum number of rows to look at.
  init(_ query: DeadEventQuery, slice: Int = rowsInSlice) {
    precondition(slice >= 1, "a search looks at a row")
    self.query = query
    self.slice = slice
  }

  /// Returns the page. Each event has only the first 8 KiB of its bytes, because whole payloads would have no common
  /// bound.
  func run(over connection: PostgresConnection) throws(PostgresError) -> DeadEventPage {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    guard !query.texts.contains(where: { $0.utf8.contains(0) }) else {
      return DeadEventPage(events: [], next: nil)
    }
    let found = try places(over: connection)
    let chosen = found.filter { $0.fits }.prefix(query.limit).map { $0.place }
    let isFull = found.count { $0.fits } > query.limit
    let next = isFull ? chosen.last : found.last { $0.isLast }?.place
    guard !chosen.isEmpty else { return DeadEventPage(events: [], next: next) }
    return DeadEventPage(events: try DeadEventRow.read(chosen, over: connection), next: next)
  }

  /// A row that fits the query, or the last row of the slice.
  private struct Found {
    let place: DeadEventPlace
    let fits: Bool
    let isLast: Bool
  }

  private func places(over connection: PostgresConnection) throws(PostgresError) -> [Found] {
    var conditions = DeadEventConditions(query)
    if let since = query.since {
      let first = try firstBatch(from: since.subtractingReportingOverflow(Self.disorder), over: connection)
      conditions.bound("batch_id >= ", .bigint(first))
    }
    if let until = query.until {
      let end = try firstBatch(from: until.addingReportingOverflow(Self.disorder), over: connection)
      conditions.bound("batch_id < ", .bigint(end))
    }
    let direction = query.isDescending ? "DESC" : "ASC"
    let order = "batch_id \(direction), position \(direction)"
    let rows = try connection.query(
      """
      SELECT batch_id, position, fits, n FROM (
        SELECT batch_id, position, fits, row_number() OVER (ORDER BY \(order)) AS n FROM (
          SELECT batch_id, position, (\(conditions.filter)) IS TRUE AS fits FROM dead_events
          WHERE \(conditions.bounds) ORDER BY \(order) LIMIT \(slice)) AS slice) AS numbered
      WHERE fits OR n = \(slice) ORDER BY n LIMIT \(query.limit + 1)
      """, conditions.parameters)
    return (0..<rows.rowCount).map { row in
      Found(
        place: DeadEventPlace(batchID: rows.integer(row, 0) ?? 0, position: Int(rows.integer(row, 1) ?? 0)),
        fits: rows.isTrue(row, 2), isLast: rows.integer(row, 3) == Int64(slice))
    }
  }

  /// Returns an id of a batch before which no row is of `time` or later, give or take the disorder, by bisection over
  /// the primary key. A time beyond 64 bits is before all rows, or after all.
  private func firstBatch(
    from time: (partialValue: Int64, overflow: Bool), over connection: PostgresConnection
  ) throws(PostgresError) -> Int64 {
    let ends = try connection.query("SELECT min(batch_id), max(batch_id) FROM dead_events")
    guard let first = ends.integer(0, 0), let last = ends.integer(0, 1) else { return 0 }
    if time.overflow { return time.partialValue < 0 ? .max : first }
    var (low, high) = (first, last + 1)
    // At most 64 steps, because each halves a range of 64 bits.
    while low < high {
      let middle = low + (high - low) / 2
      let row = try connection.query(
        "SELECT batch_id, at FROM dead_events WHERE batch_id >= $1 ORDER BY batch_id, position LIMIT 1",
        [.bigint(middle)])
      if let batch = row.integer(0, 0), let at = row.time(0, 1), batch < high, at < time.partialValue {
        low = batch + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

/// The conditions of a query about rows of `dead_events`, with their parameters. What a user sent is always a
/// parameter.
private struct DeadEventConditions {
  private var filters = ["true"]
  private var bounding = ["true"]
  /// Values of `$1`, `$2` …
  private(set) var parameters: [PostgresParameter] = []

  init(_ query: DeadEventQuery) {
    switch query.topics {
    case .all: break
    case .one(let topic): require("topic = ", .text(topic))
    case .prefix(let prefix): require("topic ^@ ", .text(prefix))
    }
    if let permitted = query.permitted {
      let (names, prefixes) = (place(.texts(permitted.names)), place(.texts(permitted.prefixes)))
      filters.append("(topic = ANY(\(names)) OR topic ^@ ANY(\(prefixes)))")
    }
    if let source = query.source { require("source = ", .text(source)) }
    if let reason = query.reason { require("reason = ", .text(reason)) }
    if let producer = query.producer { require("producer = ", .uuid(producer)) }
    if let since = query.since { require("at >= ", EventConditions.bound(since)) }
    if let until = query.until { require("at < ", EventConditions.bound(until)) }
    if let republished = query.republished {
      filters.append("republished_at IS \(republished ? "NOT " : "")NULL")
    }
    if let after = query.after {
      let row = "(\(place(.bigint(after.batchID))), \(place(.int(Int32(clamping: after.position)))))"
      bounding.append("(batch_id, position) \(query.isDescending ? "<" : ">") \(row)")
    }
  }

  /// The condition of a row that fits.
  var filter: String { filters.joined(separator: " AND ") }

  /// The condition of a row that is looked at, which the primary key supports.
  var bounds: String { bounding.joined(separator: " AND ") }

  /// Adds a condition of a row that is looked at.
  mutating func bound(_ comparison: String, _ parameter: PostgresParameter) {
    bounding.append(comparison + place(parameter))
  }

  private mutating func require(_ comparison: String, _ parameter: PostgresParameter) {
    filters.append(comparison + place(parameter))
  }

  private mutating func place(_ parameter: PostgresParameter) -> String {
    parameters.append(parameter)
    return "$\(parameters.count)"
  }
}
