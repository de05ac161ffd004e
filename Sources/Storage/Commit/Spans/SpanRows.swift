internal import PostgresClient

/// Rows of `topic_spans` as the array parameters of one statement.
struct SpanRows {
  private var topics = ArrayElements()
  private var counts: [Int32] = []
  private var earliest: [Int64] = []
  private var latest: [Int64] = []
  private var listed = ArrayElements()
  private var buckets: [Int32] = []

  /// Creates the rows of the spans of some events.
  /// - Parameters:
  ///   - group: The spans, whose topics are `names`.
  ///   - events: All events of the group.
  ///   - rows: The events that the spans cover, as indices of `events`.
  ///   - topics: The topics of the rows.
  ///   - names: The topics and buckets that have spans.
  init(
    _ group: GroupSpans, of events: [StagedEvent], rows: [Int32], topics: RowTopics, names: SpanTopics
  ) {
    let listedBytes = group.listed.reduce(0) { $0 + Int(events[Int(rows[Int($1)])].id.count) }
    let entryBytes = ListedEvents.headBytes + (names.hasBuckets ? ListedEvents.tagBytes : 0)
    listed.reserveCapacity(listedBytes + group.listed.count * entryBytes + group.spans.count * 4)
    for span in group.spans {
      if let name = span.topic {
        names.append(name: name, of: topics, to: &self.topics)
      } else {
        self.topics.append(byteCount: 0) { _ in }
      }
      buckets.append(names.bucket(ofName: span.topic))
      counts.append(Int32(clamping: span.count))
      earliest.append(span.times.lowerBound)
      latest.append(span.times.upperBound)
      guard let range = span.listed else {
        listed.appendNull()
        continue
      }
      let tagBytes = span.topic.map { $0 >= names.topicCount } ?? false ? ListedEvents.tagBytes : 0
      let byteCount = range.reduce(0) {
        $0 + ListedEvents.headBytes + tagBytes + Int(events[Int(rows[Int(group.listed[$1])])].id.count)
      }
      listed.append(byteCount: byteCount) { bytes in
        for index in range {
          assert(group.listed.indices.contains(index), "a span lists events of its group")
          let row = Int(group.listed[index])
          let event = events[Int(rows[row])]
          ListedEvents.append(
            time: event.time, tag: names.tag(ofName: span.topic, topic: topics.numbers[row]), id: event.id,
            of: topics.columns[Int(event.batch)], to: &bytes)
        }
      }
    }
  }

  /// The values of `$1` to `$6` of the statement that writes the rows.
  var parameters: [PostgresParameter] {
    assert(
      [topics.count, earliest.count, latest.count, listed.count, buckets.count].allSatisfy {
        $0 == counts.count
      },
      "a value of each column for each span")
    return [
      .texts(topics), .ints(counts), .times(earliest), .times(latest), .byteStrings(listed), .ints(buckets),
    ]
  }
}
