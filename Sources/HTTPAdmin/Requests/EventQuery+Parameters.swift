import Ingest
internal import StoreInterface

extension EventQuery {
  /// Reads the parameters of `GET /events`.
  /// - Throws: a problem that names the bad parameter.
  init(_ parameters: QueryParameters) throws(Problem) {
    self.init(
      topic: try parameters.eventName("topic"), source: try parameters.eventName("source"),
      eventID: try parameters.eventName("event_id"), since: try parameters.time("since"),
      until: try parameters.time("until"),
      order: try parameters.choice("order", of: Order.self) ?? .newestFirst,
      limit: try parameters.pageLimit(), offset: try parameters.integer("offset", in: 0...10_000) ?? 0)
    after = try parameters.cursor(for: scope) { EventPosition($0) }
    guard after == nil || offset == 0 else {
      throw .badParameter("offset", "It cannot be used together with \"cursor\".")
    }
  }

  /// The identity of the query, for its cursors: all parameters except the page size.
  private var scope: String {
    let names = [topic, source, eventID, since.map { "\($0)" }, until.map { "\($0)" }]
    // No name contains U+0000, so it separates the names.
    return "events\0\(order.rawValue)\0" + names.map { $0 ?? "\0" }.joined(separator: "\0")
  }

  /// Returns the cursor of the page after `event`.
  func cursor(after event: StoredEvent) -> String {
    let position = event.position
    return PageCursor([
      PageCursor.bytes(of: position.timestamp), Array(position.eventID.utf8), Array(position.topic.utf8),
    ]).text(for: scope)
  }
}

extension EventPosition {
  /// Reads a cursor of `/events`; nil when `cursor` is not one.
  fileprivate init?(_ cursor: PageCursor) {
    guard cursor.fields.count == 3, let time = cursor.number(0, as: Int64.self), let id = cursor.text(1),
      let topic = cursor.text(2)
    else { return nil }
    self.init(timestamp: time, eventID: id, topic: topic)
  }
}
