internal import PostgresClient

/// Rows as the array parameters of one INSERT, for groups so small that a COPY is slower.
struct EventArrays {
  private var batches: [Int32] = []
  private var ids = ArrayElements()
  private var topics = ArrayElements()
  private var times: [Int64] = []
  private var sources = ArrayElements()
  private var payloads = ArrayElements()

  /// Creates arrays without rows, with capacity for `count` rows.
  init(capacity count: Int) {
    precondition(count >= 0, "a number of rows")
    batches.reserveCapacity(count)
    times.reserveCapacity(count)
  }

  /// Adds a row.
  /// - Parameter columns: The columns of the event's batch.
  mutating func append(_ event: StagedEvent, from columns: RawSpan) {
    batches.append(event.batch)
    ids.append(columns.extracting(event.id.range))
    topics.append(columns.extracting(event.topic.range))
    times.append(event.time)
    sources.append(columns.extracting(event.source.range))
    if let payload = event.payload {
      payloads.append(columns.extracting(payload.range))
    } else {
      payloads.appendNull()
    }
  }

  /// The values of `$1` to `$6` of the statement that inserts the rows.
  var parameters: [PostgresParameter] {
    assert(
      [batches.count, topics.count, times.count, sources.count, payloads.count].allSatisfy {
        $0 == ids.count
      },
      "a value of each column for each row")
    return [
      .ints(batches), .texts(ids), .texts(topics), .finiteTimes(times), .texts(sources), .texts(payloads),
    ]
  }
}
