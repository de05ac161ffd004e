extension GroupSpans {
  /// The statement that writes the spans of the events that a group sent to `events`; nil when it sent none.
  ///
  /// Which of them the group stored, and which are duplicates that others had stored, need not be known; how
  /// many of each topic makes the counts exact.
  /// - Parameters:
  ///   - events: All events of the group.
  ///   - rows: Those that were sent, as indices of `events`, each key once.
  ///   - columns: The columns of the batches that the events are in.
  ///   - stored: How many events of each topic were stored, where it is not all that were sent.
  static func statement(
    for events: [StagedEvent], rows: [Int32], of columns: [[UInt8]], stored: [[UInt8]: Int]?
  ) -> PostgresStatement? {
    var numbers = TopicNumbers()
    let topics = rows.map { row in
      let event = events[Int(row)]
      return numbers.number(of: event.topic, batch: event.batch, in: columns)
    }
    var spans = GroupSpans(
      topics: topics, of: numbers.names.count, times: rows.map { events[Int($0)].time })
    if let stored { spans.count(numbers.names.map { stored[$0] ?? 0 }) }
    return SpanStatement.insert(spans, topics: numbers.names) { index in
      let event = events[Int(rows[Int(index)])]
      return Array(columns[Int(event.batch)][event.id.range])
    } time: { index in
      events[Int(rows[Int(index)])].time
    }
  }
}
