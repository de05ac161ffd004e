internal import PostgresClient

extension GroupSpans {
  /// The statement that writes the spans of the events that a group sent to `events`; nil when it sent none.
  ///
  /// The statement need not know which of the events the group stored and which are duplicates of other
  /// groups' events. The number of stored events of each topic makes the counts exact.
  /// - Parameters:
  ///   - events: All events of the group.
  ///   - rows: The events that were sent, as indices of `events`, each key once.
  ///   - topics: The topics of the rows.
  static func statement(
    for events: [StagedEvent], rows: [Int32], topics: RowTopics
  ) -> PostgresStatement? {
    precondition(topics.numbers.count == rows.count, "a topic for each row")
    let times = rows.map { events[Int($0)].time }
    let names = SpanTopics(topics)
    var spans = GroupSpans(
      topics: names.numbers, of: names.names.count, listedFrom: names.topicCount, times: times)
    if !topics.isWhole { spans.count(names.stored) }
    guard !spans.spans.isEmpty else { return nil }
    return SpanStatement.insert(SpanRows(spans, of: events, rows: rows, topics: topics, names: names))
  }
}
