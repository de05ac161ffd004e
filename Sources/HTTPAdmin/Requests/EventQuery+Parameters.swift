import Ingest
internal import StoreInterface
internal import TextFormats

/// The request of a page of events: its query, and what its cursors need.
struct EventRequest {
  /// The parameters of `GET /events`.
  static let known = KnownParameters(
    EventFilter.parameterNames + ["order", "limit", "cursor", "offset", "format", "download"],
    prefix: EventFilter.fieldPrefix)

  /// The query.
  let query: EventQuery
  /// The identity of the query, for its cursors: all parameters except the page size, as they were sent. The times of
  /// relative bounds are in the cursor, so that all pages have the same bounds.
  private let scope: String

  /// Reads the parameters of `GET /events`.
  /// - Throws: a problem that names the bad parameter.
  init(_ parameters: QueryParameters, now: UTCTime) throws(Problem) {
    let filter = try EventFilter(parameters, now: now)
    let order = try parameters.choice("order", of: EventQuery.Order.self) ?? .newestFirst
    var query = EventQuery(
      filter, order: order, limit: try parameters.pageLimit(),
      offset: try parameters.integer("offset", in: 0...10_000) ?? 0)
    var scope = "events\0\(order.rawValue)\0\(filter.clock.rawValue)"
    for name in ["topic", "source", "event_id", "since", "until", "q"] + filter.fieldNames {
      // No value contains U+0000, so it separates the values.
      scope += "\0" + (try parameters.value(name).map { "\(name)=\($0)" } ?? "")
    }
    self.scope = scope
    if let place = try parameters.cursor(for: scope, { SearchPlace($0) }) {
      guard query.offset == 0 else {
        throw .badParameter("offset", "It cannot be used together with \"cursor\".")
      }
      place.apply(to: &query)
    }
    self.query = query
  }

  /// Returns the cursor of `next`, the query for the page after one of this request.
  func cursor(of next: EventQuery) -> String { SearchPlace(next).cursor.text(for: scope) }
}

/// The place at which a page begins, and the bounds of the query that were relative.
private struct SearchPlace {
  private let after: EventPosition?
  private let from: Int64?
  private let width: Int64?
  private let offset: Int
  private let since: Int64?
  private let until: Int64?

  init(_ query: EventQuery) {
    after = query.after
    from = query.from
    width = query.width
    offset = query.offset
    since = query.since
    until = query.until
  }

  /// Reads a cursor of `/events`; nil when `cursor` is not one.
  init?(_ cursor: PageCursor) {
    guard cursor.fields.count == 4 || cursor.fields.count == 5, let time = cursor.number(0, as: Int64.self),
      let since = Self.bound(cursor, 1), let until = Self.bound(cursor, 2)
    else { return nil }
    self.since = since.time
    self.until = until.time
    if cursor.fields.count == 4 {
      let numbers = cursor.text(3)?.split(separator: ",", omittingEmptySubsequences: false) ?? []
      guard numbers.count == 2, let offset = Int(numbers[0]), (0...10_000).contains(offset) else {
        return nil
      }
      (self.from, self.after, self.offset, self.width) = (time, nil, offset, Int64(numbers[1]))
    } else {
      guard let id = cursor.text(3), let topic = cursor.text(4) else { return nil }
      (self.from, self.offset, self.width) = (nil, 0, nil)
      self.after = EventPosition(timestamp: time, eventID: id, topic: topic)
    }
  }

  func apply(to query: inout EventQuery) {
    query.after = after
    query.from = from
    query.width = width
    query.offset = offset
    query.since = since
    query.until = until
  }

  var cursor: PageCursor {
    let bounds = [since, until].map { $0.map(PageCursor.bytes) ?? [] }
    if let after {
      let names = [after.eventID, after.topic].map { Array($0.utf8) }
      return PageCursor([PageCursor.bytes(of: after.timestamp)] + bounds + names)
    }
    let numbers = "\(offset),\(width.map { "\($0)" } ?? "")"
    return PageCursor([PageCursor.bytes(of: from ?? 0)] + bounds + [Array(numbers.utf8)])
  }

  private static func bound(_ cursor: PageCursor, _ index: Int) -> (time: Int64?, Void)? {
    if cursor.fields[index].isEmpty { return (nil, ()) }
    return cursor.number(index, as: Int64.self).map { ($0, ()) }
  }
}
