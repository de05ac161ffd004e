internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Finds events if no index has their order. The search reads a short window from the beginning of the page,
/// then longer ones, because the BRIN index on time skips blocks outside the window. If no window yields a
/// full page, the search falls back to all events.
struct TimeWindows: Sendable {
  private let filter: EventFilter

  private static let widths = ["10 seconds", "10 minutes", "1 day"]

  init(_ filter: EventFilter) {
    self.filter = filter
  }

  /// Returns the first `count` events, found by windows.
  func find(
    _ count: Int, _ query: EventQuery, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    for width in Self.widths {
      guard let window = window(width, query) else { break }
      let found = try TimeWindows(window).everything(count, over: connection)
      // If the window holds `count` events, no event outside it can belong to the answer.
      if found.count == count { return found }
    }
    return try everything(count, over: connection)
  }

  /// Returns the first `count` events, found by one query without a window.
  func everything(
    _ count: Int, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    try connection.query(filter.query(first: count))
  }

  /// Returns the filter, narrowed to times within `width` of the beginning of the page. Returns nil when the
  /// beginning is unknown, because the oldest event may have any time.
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
