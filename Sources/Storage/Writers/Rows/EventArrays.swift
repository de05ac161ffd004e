/// Rows as the arrays of one statement, for groups that are too small for a COPY to pay.
struct EventArrays {
  private var batches: [Int32] = []
  private var ids = ArrayElements()
  private var topics = ArrayElements()
  private var times: [Int64] = []
  private var sources = ArrayElements()
  private var payloads = ArrayElements()

  /// No rows yet, and room for `count`.
  init(capacity count: Int) {
    batches.reserveCapacity(count)
    times.reserveCapacity(count)
  }

  /// Adds a row.
  /// - Parameter columns: the columns of the event's batch.
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

  /// The values of `$1` to `$6` of the statement that stores them.
  var parameters: [PostgresParameter] {
    [.ints(batches), .texts(ids), .texts(topics), .finiteTimes(times), .texts(sources), .texts(payloads)]
  }
}
