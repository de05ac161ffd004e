internal import CIntrinsics
internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// The origin of a row of a COPY: a batch of the group and an event in the batch.
struct StagedPlace: Hashable, Sendable {
  /// Index of the batch among the members of the group.
  let member: Int
  /// Zero-based position in the batch.
  let position: Int
}

/// The rows of one COPY: the living events of some members of a group, without events that are known to be
/// duplicates. After `sort`, the rows are in the order of their keys, and of events with equal keys only the
/// first is a row.
struct CopyRows {
  /// A member whose events are sent by the COPY.
  struct Part {
    /// Index of the member in the group.
    let member: Int
    let batch: IngestBatch
    /// Events to leave out, ascending by position.
    let dead: [RefusedEvent]
    /// The positions to send: all of the batch, unless a search narrows them.
    var positions: Range<Int>

    init(member: Int, of groupMember: GroupMember) {
      self.member = member
      self.batch = groupMember.batch
      self.dead = groupMember.dead
      self.positions = 0..<groupMember.batch.received
    }
  }

  let parts: [Part]
  private let events: [StagedEvent]
  /// The rows, as indices of `events`.
  private var order: [Int32]
  /// Events that are left out because an earlier event has their key, as indices of `events`.
  private var repetitions: [Int32] = []

  /// Creates rows of the living events of `parts` in their order. Of events with equal keys, the first takes
  /// precedence.
  init(parts: [Part]) {
    self.parts = parts
    events = Self.living(parts)
    precondition(events.count <= Int(Int32.max), "32 bits count the events of a group")
    order = Array(0..<Int32(events.count))
  }

  /// Number of rows.
  var count: Int { order.count }

  /// Number of rows of each part.
  var countsByPart: [Int32] {
    var counts = [Int32](repeating: 0, count: parts.count)
    for index in order { counts[Int(events[Int(index)].batch)] += 1 }
    assert(counts.reduce(0, +) == order.count, "every row belongs to a part")
    return counts
  }

  /// The hash of each row's key, in the order of the rows.
  func keyHashes(_ hasher: KeyHasher) -> [KeyHash] {
    var hashes: [KeyHash] = []
    hashes.reserveCapacity(order.count)
    var topics = TopicStates(hasher)
    var row = 0
    // Batch by batch, because rows are in the order of the batches until they are sorted.
    while row < order.count {
      let batch = events[Int(order[row])].batch
      let bytes = parts[Int(batch)].batch.columns.bytes
      let span = bytes.span.bytes
      topics.removeAll()
      while row < order.count, events[Int(order[row])].batch == batch {
        let event = events[Int(order[row])]
        let topic = topics.state(of: event.topic, in: span)
        hashes.append(hasher.hash(id: span.extracting(event.id.range), after: topic))
        row += 1
      }
    }
    assert(hashes.count == order.count, "a hash for each row")
    return hashes
  }

  /// The hashes of the keys of the rows with these indices.
  func keyHashes(_ hasher: KeyHasher, of rows: [Int]) -> Set<KeyHash> {
    var hashes: Set<KeyHash> = []
    var topics = TopicStates(hasher)
    for row in rows {
      let event = events[Int(order[row])]
      let bytes = parts[Int(event.batch)].batch.columns.bytes
      let span = bytes.span.bytes
      topics.removeAll()
      hashes.insert(
        hasher.hash(id: span.extracting(event.id.range), after: topics.state(of: event.topic, in: span)))
    }
    return hashes
  }

  /// Removes the rows whose decision is not `send`.
  mutating func skip(_ decisions: [CacheLookup.Decision]) {
    precondition(decisions.count == order.count, "a decision for each row")
    var kept = 0
    for (row, decision) in decisions.enumerated() {
      if decision == .send {
        order[kept] = order[row]
        kept += 1
      } else if decision == .repeated {
        repetitions.append(order[row])
      }
    }
    order.removeLast(order.count - kept)
  }

  /// Events that are left out because an earlier event has their key.
  var repeated: [RepeatedEvent] {
    repetitions.map { index in
      let event = events[Int(index)]
      let bytes = parts[Int(event.batch)].batch.columns.bytes
      return RepeatedEvent(
        id: Array(bytes[event.id.range]), topic: Array(bytes[event.topic.range]),
        payload: event.payload.map { Array(bytes[$0.range]) })
    }
  }

  /// Removes the rows with these indices, which ascend.
  mutating func skip(rows numbers: [Int]) {
    guard !numbers.isEmpty else { return }
    assert(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "the indices ascend")
    var left = numbers[...]
    var kept: [Int32] = []
    kept.reserveCapacity(order.count)
    for (row, index) in order.enumerated() {
      if left.first == row { left.removeFirst() } else { kept.append(index) }
    }
    assert(left.isEmpty, "the indices are those of rows")
    order = kept
  }

  /// Sorts the rows by key and removes all but the first of rows with equal keys.
  mutating func sort() {
    let unsorted = order.count
    order = KeyOrder(events, among: order, of: parts.map(\.batch.columns.bytes)).indices
    assert(order.count <= unsorted, "sorting adds no row")
  }

  /// The topics of these rows.
  /// - Parameter stored: Number of stored events of each topic; nil when all rows were stored.
  func topics(stored: [[UInt8]: Int]? = nil) -> RowTopics {
    RowTopics(of: events, rows: order, columns: parts.map(\.batch.columns.bytes), stored: stored)
  }

  /// The statement that writes the spans of these rows, whose topics are `topics`; nil when there is nothing to write.
  func spanStatement(_ topics: RowTopics) -> PostgresStatement? {
    GroupSpans.statement(for: events, rows: order, topics: topics)
  }

  /// Number of rows by which prefetching is ahead of encoding. In the order of keys, neighbouring rows are
  /// anywhere in the group's memory, and waiting for their bytes took half of the encoding time.
  private static let rowsAhead = 10

  /// Prefetches the bytes of the row `rowsAhead` after `row`, and the location of the row twice as far ahead.
  private func prefetch(ahead row: Int, in columns: [[UInt8]]) {
    guard row + 2 * Self.rowsAhead < order.count else { return }
    let later = Int(order[row + 2 * Self.rowsAhead])
    events.withUnsafeBytes { events in
      guard let base = events.baseAddress else { return }
      sluice_prefetch(base + later * MemoryLayout<StagedEvent>.stride)
    }
    let next = events[Int(order[row + Self.rowsAhead])]
    columns[Int(next.batch)].withUnsafeBytes { next.prefetch(in: $0) }
  }

  /// Encodes every row and passes the bytes to `sink` piece by piece. Between two pieces the encoder is
  /// empty.
  /// - Parameter batchIDs: The `batch_id` of each part.
  func encode<Failure: Error>(
    with encoder: inout CopyEncoder, batchIDs: [Int64],
    into sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(batchIDs.count == parts.count, "an id for each part")
    let columns = parts.map(\.batch.columns.bytes)
    encoder.begin()
    for (row, index) in order.enumerated() {
      prefetch(ahead: row, in: columns)
      let event = events[Int(index)]
      if encoder.isFull(for: encoder.rowBytes(event)) {
        try encoder.take(sink)
      }
      let batch = Int(event.batch)
      columns[batch].withUnsafeBytes { encoder.append(event, batchID: batchIDs[batch], from: $0) }
    }
    encoder.end()
    try encoder.take(sink)
  }

  /// The rows as arrays, in the order of the rows.
  var arrays: EventArrays {
    let columns = parts.map(\.batch.columns.bytes)
    var arrays = EventArrays(capacity: order.count)
    for index in order {
      let event = events[Int(index)]
      let bytes = columns[Int(event.batch)]
      arrays.append(event, from: bytes.span.bytes)
    }
    return arrays
  }

  /// Calls `body` with the id and topic of each row.
  func forEachKey(_ body: (_ id: RawSpan, _ topic: RawSpan) -> Void) {
    let columns = parts.map(\.batch.columns.bytes)
    for index in order {
      let event = events[Int(index)]
      let bytes = columns[Int(event.batch)]
      let span = bytes.span.bytes
      body(span.extracting(event.id.range), span.extracting(event.topic.range))
    }
  }

  /// The event in row `number` of the COPY. Numbers start at 1, as in the messages of Postgres.
  func place(ofRow number: Int) -> StagedPlace? {
    guard order.indices.contains(number - 1) else { return nil }
    let event = events[Int(order[number - 1])]
    return StagedPlace(member: parts[Int(event.batch)].member, position: Int(event.position))
  }

  private static func living(_ parts: [Part]) -> [StagedEvent] {
    var events: [StagedEvent] = []
    events.reserveCapacity(parts.reduce(0) { $0 + $1.positions.count })
    for (index, part) in parts.enumerated() {
      let columns = part.batch.columns
      let names = BatchNames(columns)
      var cursor = columns.makeCursor()
      var dead = part.dead[...]
      while let place = cursor.next(in: columns.bytes.span.bytes) {
        let position = cursor.position - 1
        if dead.first?.position == position {
          dead.removeFirst()
        } else if part.positions.contains(position) {
          events.append(StagedEvent(place, at: position, batch: index, columns: columns, names: names))
        }
      }
    }
    return events
  }
}
