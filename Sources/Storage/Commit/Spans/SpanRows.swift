internal import PostgresClient

/// Rows of `topic_spans` as the array parameters of one statement.
struct SpanRows {
  private var topics = ArrayElements()
  private var counts: [Int32] = []
  private var earliest: [Int64] = []
  private var latest: [Int64] = []
  private var listed = ArrayElements()

  /// Creates the rows of the spans of some events.
  /// - Parameters:
  ///   - events: All events of the group.
  ///   - rows: The events that the spans cover, as indices of `events`.
  ///   - topics: The locations of the topics' names, by the numbers of the topics.
  ///   - columns: The columns of the batches that the events are in.
  init(
    _ group: GroupSpans, of events: [StagedEvent], rows: [Int32], topics places: [TopicNumbers.Place],
    columns: [[UInt8]]
  ) {
    let listedBytes = group.listed.reduce(0) { $0 + Int(events[Int(rows[Int($1)])].id.count) }
    listed.reserveCapacity(listedBytes + group.listed.count * ListedEvents.headBytes + group.spans.count * 4)
    for span in group.spans {
      if let topic = span.topic {
        let place = places[topic]
        let bytes = columns[Int(place.batch)]
        topics.append(bytes.span.bytes.extracting(place.name.range))
      } else {
        topics.append(byteCount: 0) { _ in }
      }
      counts.append(Int32(clamping: span.count))
      earliest.append(span.times.lowerBound)
      latest.append(span.times.upperBound)
      guard let range = span.listed else {
        listed.appendNull()
        continue
      }
      let byteCount = range.reduce(0) {
        $0 + ListedEvents.headBytes + Int(events[Int(rows[Int(group.listed[$1])])].id.count)
      }
      listed.append(byteCount: byteCount) { bytes in
        for index in range {
          assert(group.listed.indices.contains(index), "a span lists events of its group")
          let event = events[Int(rows[Int(group.listed[index])])]
          ListedEvents.append(time: event.time, id: event.id, of: columns[Int(event.batch)], to: &bytes)
        }
      }
    }
  }

  /// The values of `$1` to `$5` of the statement that writes the rows.
  var parameters: [PostgresParameter] {
    assert(
      [topics.count, earliest.count, latest.count, listed.count].allSatisfy { $0 == counts.count },
      "a value of each column for each span")
    return [.texts(topics), .ints(counts), .times(earliest), .times(latest), .byteStrings(listed)]
  }
}
