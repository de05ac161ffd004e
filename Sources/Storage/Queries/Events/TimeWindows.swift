internal import Ingest

/// Finds events where no index has their order: looks back a little from where the page begins, then
/// further, as the BRIN index on time skips what lies outside. What no window fills takes a look at
/// everything.
struct TimeWindows: Sendable {
  private let filter: EventFilter

  private static let widths = ["10 seconds", "10 minutes", "1 day"]

  init(_ filter: EventFilter) {
    self.filter = filter
  }

  /// The first `count` events, by windows.
  func find(
    _ count: Int, _ query: EventQuery, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    for width in Self.widths {
      guard let window = window(width, query) else { break }
      let found = try TimeWindows(window).everything(count, over: connection)
      // With all of them inside the window nothing outside can belong to the answer.
      if found.count == count { return found }
    }
    return try everything(count, over: connection)
  }

  /// The first `count` events, by one look.
  func everything(
    _ count: Int, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    let statement = filter.statement(first: count)
    return try connection.query(statement).references
  }

  /// The filter, narrowed to what lies within `width` of the place where the page begins; nil when that is
  /// not known: the oldest event may be of any time.
  private func window(_ width: String, _ query: EventQuery) -> EventFilter? {
    var narrowed = filter
    if filter.isDescending {
      let begin = (query.after?.timestamp ?? query.until).map { narrowed.place(.time($0)) }
      narrowed.require("ts >= \(begin ?? "now()") - interval '\(width)'")
    } else {
      guard let begin = query.after?.timestamp ?? query.since else { return nil }
      narrowed.require("ts < \(narrowed.place(.time(begin))) + interval '\(width)'")
    }
    return narrowed
  }
}
