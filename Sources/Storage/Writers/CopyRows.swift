internal import Ingest
internal import WireProtocol

/// A row of the staging table, as its origin: a batch of the group and an event in it.
struct StagedPlace: Hashable, Sendable {
  /// Index of the batch among the members of the group.
  let member: Int
  /// Zero-based place in the batch.
  let position: Int
}

/// The rows of one COPY: the living events of the claimed members of a group, in the order of their keys,
/// each key once. The first of equal keys stands for all of them.
struct CopyRows {
  /// A member whose events are staged under a `batch_id`.
  struct Part {
    /// Index of the member in the group.
    let member: Int
    let batchID: Int64
    let batch: IngestBatch
    /// Events to leave out, ascending.
    let dead: [RefusedEvent]
    /// The positions to stage, all of the batch unless a search narrows them.
    var positions: Range<Int>

    init(member: Int, batchID: Int64, of groupMember: GroupMember) {
      self.member = member
      self.batchID = batchID
      self.batch = groupMember.batch
      self.dead = groupMember.dead
      self.positions = 0..<groupMember.batch.received
    }
  }

  let parts: [Part]
  private let events: [StagedEvent]
  /// The rows, as indices of `events`.
  private let order: [Int32]

  /// Orders the events of `parts`, among which an earlier one has precedence.
  init(parts: [Part]) {
    self.parts = parts
    events = Self.living(parts)
    order = KeyOrder(events, of: parts.map(\.batch.columns.bytes)).indices
  }

  /// Encodes every row and hands the bytes to `sink` piece by piece; between two pieces, nothing.
  func encode<Failure: Error>(
    with encoder: inout CopyEncoder, into sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let batches = parts.map { (id: $0.batchID, bytes: $0.batch.columns.bytes) }
    encoder.begin()
    for index in order {
      let event = events[Int(index)]
      if encoder.isFull(for: encoder.rowBytes(event)) {
        try encoder.take(sink)
      }
      let batch = Int(event.batch)
      batches[batch].bytes.withUnsafeBytes { encoder.append(event, batchID: batches[batch].id, from: $0) }
    }
    encoder.end()
    try encoder.take(sink)
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
