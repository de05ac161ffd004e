extension EventColumnsBuilder {
  /// Adds an event whose texts are strings; see the other `append`.
  /// - Parameter timestamp: event time in microseconds since 1970.
  /// - Returns: false, with nothing changed, when the event would break a limit: finish, then try again.
  /// - Throws: `EventRefusal` when the event fits no batch at all.
  public mutating func append(
    topic: String, source: String, id: String, timestamp: Int64, payload: [UInt8]?
  ) throws(EventRefusal) -> Bool {
    let topic = topic.utf8
    let source = source.utf8
    let id = id.utf8
    guard let payload else {
      return try append(
        topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: timestamp,
        payload: nil)
    }
    return try append(
      topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: timestamp,
      payload: payload.span.bytes)
  }
}
