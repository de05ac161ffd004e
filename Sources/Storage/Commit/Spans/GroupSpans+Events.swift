internal import PostgresClient

extension GroupSpans {
  /// The statement that writes the spans of the events that a group sent to `events`; nil when it sent none.
  ///
  /// The statement need not know which of the events the group stored and which are duplicates of other
  /// groups' events. The number of stored events of each topic makes the counts exact.
  /// - Parameters:
  ///   - events: All events of the group.
  ///   - rows: The events that were sent, as indices of `events`, each key once.
  ///   - columns: The columns of the batches that the events are in.
  ///   - stored: Number of stored events of each topic; nil when all events that were sent were stored.
  static func statement(
    for events: [StagedEvent], rows: [Int32], of columns: [[UInt8]], stored: [[UInt8]: Int]?
  ) -> PostgresStatement? {
    var numbers = TopicNumbers(columns: columns)
    var topics: [Int32] = []
    var times: [Int64] = []
    topics.reserveCapacity(rows.count)
    times.reserveCapacity(rows.count)
    for row in rows {
      let event = events[Int(row)]
      topics.append(numbers.number(of: event.topic, batch: event.batch))
      times.append(event.time)
    }
    let places = numbers.places
    var spans = GroupSpans(topics: topics, of: places.count, times: times)
    if let stored {
      spans.count(places.map { stored[Array(columns[Int($0.batch)][$0.name.range])] ?? 0 })
    }
    guard !spans.spans.isEmpty else { return nil }
    return SpanStatement.insert(
      SpanRows(spans, of: events, rows: rows, topics: places, columns: columns))
  }
}
