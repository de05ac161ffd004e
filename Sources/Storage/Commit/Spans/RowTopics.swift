internal import Ingest

/// The topics of the events that a group sent to `events`, and how many events of each were stored.
struct RowTopics {
  /// The columns of the batches that the events are in.
  let columns: [[UInt8]]
  /// The number of each row's topic.
  let numbers: [Int32]
  /// The locations of the topics' names, by the numbers of the topics.
  let places: [TopicNumbers.Place]
  /// Number of rows of each topic, by its number.
  let sent: [Int]
  /// Number of stored events of each topic, by its number.
  let stored: [Int]
  /// Whether all rows were stored.
  let isWhole: Bool

  /// - Parameters:
  ///   - events: All events of the group.
  ///   - rows: The events that were sent, as indices of `events`, each key once.
  ///   - columns: The columns of the batches that the events are in.
  ///   - stored: Number of stored events of each topic; nil when all events that were sent were stored.
  init(of events: [StagedEvent], rows: [Int32], columns: [[UInt8]], stored: [[UInt8]: Int]?) {
    var topics = TopicNumbers(columns: columns)
    var numbers: [Int32] = []
    numbers.reserveCapacity(rows.count)
    var counts: [Int] = []
    for row in rows {
      let event = events[Int(row)]
      let number = topics.number(of: event.topic, batch: event.batch)
      if Int(number) == counts.count { counts.append(0) }
      counts[Int(number)] += 1
      numbers.append(number)
    }
    assert(counts.count == topics.places.count, "topics are numbered in the order of their first rows")
    self.columns = columns
    self.numbers = numbers
    self.places = topics.places
    self.isWhole = stored == nil
    self.sent = counts
    self.stored =
      stored.map { stored in
        topics.places.map { stored[Array(columns[Int($0.batch)][$0.name.range])] ?? 0 }
      } ?? counts
  }

  /// The stored events by topic. In a group with more topics than `TopicCounts` holds, those of the busiest topics.
  var counts: TopicCounts {
    var counts = TopicCounts()
    var topics = stored.indices.filter { stored[$0] > 0 }
    if topics.count > TopicCounts.capacity {
      topics.sort { stored[$0] > stored[$1] }
      topics.removeLast(topics.count - TopicCounts.capacity)
      counts.leaveOut()
    }
    for topic in topics { counts.add(stored[topic], of: name(topic)) }
    return counts
  }

  private func name(_ topic: Int) -> [UInt8] {
    Array(columns[Int(places[topic].batch)][places[topic].name.range])
  }

  /// Calls `body` with the name of a topic.
  func withName<Value>(of topic: Int, _ body: (RawSpan) -> Value) -> Value {
    let bytes = columns[Int(places[topic].batch)]
    return body(bytes.span.bytes.extracting(places[topic].name.range))
  }
}
