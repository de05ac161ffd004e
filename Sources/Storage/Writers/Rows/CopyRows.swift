internal import CIntrinsics
internal import Ingest
internal import WireProtocol

/// A row of a COPY, as its origin: a batch of the group and an event in it.
struct StagedPlace: Hashable, Sendable {
  /// Index of the batch among the members of the group.
  let member: Int
  /// Zero-based place in the batch.
  let position: Int
}

/// The rows of one COPY: the living events of some members of a group, without those that are known to be
/// duplicates; once sorted, in the order of their keys and each key once. The first of equal keys stands
/// for all of them.
struct CopyRows {
  /// A member whose events go into the COPY.
  struct Part {
    /// Index of the member in the group.
    let member: Int
    let batch: IngestBatch
    /// Events to leave out, ascending.
    let dead: [RefusedEvent]
    /// The positions to send, all of the batch unless a search narrows them.
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
  /// The events that are left out because an earlier one has their key, likewise.
  private var repetitions: [Int32] = []

  /// The living events of `parts` in their order, in which an earlier one has precedence.
  init(parts: [Part]) {
    self.parts = parts
    events = Self.living(parts)
    order = Array(0..<Int32(events.count))
  }

  /// Rows.
  var count: Int { order.count }

  /// How many rows come from each part.
  var countsByPart: [Int32] {
    var counts = [Int32](repeating: 0, count: parts.count)
    for index in order { counts[Int(events[Int(index)].batch)] += 1 }
    return counts
  }

  /// The hash of each row's key.
  func keyHashes(_ hasher: KeyHasher) -> [KeyHash] {
    var hashes: [KeyHash] = []
    hashes.reserveCapacity(order.count)
    var topics = TopicStates(hasher)
    var row = 0
    // Batch by batch, in which order the rows are until they are sorted.
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
    return hashes
  }

  /// Leaves out the rows that are not to be sent.
  mutating func leaveOut(_ verdicts: [KeyScreening.Verdict]) {
    precondition(verdicts.count == order.count, "a verdict for each row")
    var kept = 0
    for (row, verdict) in verdicts.enumerated() {
      if verdict == .send {
        order[kept] = order[row]
        kept += 1
      } else if verdict == .repeated {
        repetitions.append(order[row])
      }
    }
    order.removeLast(order.count - kept)
  }

  /// The events that are left out because an earlier one has their key.
  var repeated: [RepeatedEvent] {
    repetitions.map { index in
      let event = events[Int(index)]
      let bytes = parts[Int(event.batch)].batch.columns.bytes
      return RepeatedEvent(
        id: Array(bytes[event.id.range]), topic: Array(bytes[event.topic.range]),
        payload: event.payload.map { Array(bytes[$0.range]) })
    }
  }

  /// Leaves out rows by their numbers, which count from 0 and ascend.
  mutating func leaveOut(rows numbers: [Int]) {
    guard !numbers.isEmpty else { return }
    var left = numbers[...]
    var kept: [Int32] = []
    kept.reserveCapacity(order.count)
    for (row, index) in order.enumerated() {
      if left.first == row { left.removeFirst() } else { kept.append(index) }
    }
    order = kept
  }

  /// Puts the rows into the order of their keys, and leaves out all but the first of equal ones.
  mutating func sort() {
    order = KeyOrder(events, among: order, of: parts.map(\.batch.columns.bytes)).indices
  }

  /// The statement that writes the spans of these rows; nil when there is nothing to write.
  /// - Parameter stored: How many events of each topic were stored, where it is not all that were sent.
  func spanStatement(stored: [[UInt8]: Int]? = nil) -> PostgresStatement? {
    GroupSpans.statement(for: events, rows: order, of: parts.map(\.batch.columns.bytes), stored: stored)
  }

  /// How many rows before its turn the bytes of a row are fetched. In the order of keys, neighbours come from
  /// all over the group, and waiting for their bytes took half of the time of the encoding.
  private static let rowsAhead = 10

  /// Has the bytes fetched of a row whose turn comes soon, and where they are of one that comes later.
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

  /// Encodes every row and hands the bytes to `sink` piece by piece; between two pieces, nothing.
  /// - Parameter batchIDs: the `batch_id` of each part.
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

  /// The rows as arrays, in their order.
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

  /// The event in row `number` of the COPY, which counts from 1 as Postgres's messages do.
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
