import Ingest

extension EventQuery {
  /// What the parameters of `GET /events` ask for.
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
      throw .badParameter("offset", "It can not be used together with \"cursor\".")
    }
  }

  /// What a cursor belongs to: everything but how long pages are.
  private var scope: String {
    let names = [topic, source, eventID, since.map { "\($0)" }, until.map { "\($0)" }]
    // U+0000 is in no name, so it keeps them apart.
    return "events\0\(order.rawValue)\0" + names.map { $0 ?? "\0" }.joined(separator: "\0")
  }

  /// The cursor of the page behind `event`.
  func cursor(after event: StoredEvent) -> String {
    let position = event.position
    return PageCursor([
      PageCursor.bytes(of: position.timestamp), Array(position.eventID.utf8), Array(position.topic.utf8),
    ]).text(for: scope)
  }
}

extension EventPosition {
  /// The place that a cursor of `/events` names.
  fileprivate init?(_ cursor: PageCursor) {
    guard cursor.fields.count == 3, let time = cursor.number(0, as: Int64.self), let id = cursor.text(1),
      let topic = cursor.text(2)
    else { return nil }
    self.init(timestamp: time, eventID: id, topic: topic)
  }
}
