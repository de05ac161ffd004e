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
  private let columns: [EventColumns]
  private let names: [BatchNames]
  private let events: [KeyOrder.Row]
  /// The rows, as indices of `events`.
  private let order: [Int32]

  /// Orders the events of `parts`, among which an earlier one has precedence.
  init(parts: [Part]) {
    self.parts = parts
    columns = parts.map(\.batch.columns)
    names = columns.map { BatchNames($0) }
    events = Self.living(parts)
    order = KeyOrder(events, of: columns, topics: names.map(\.topics)).indices
  }

  /// Encodes every row and hands the bytes to `sink` piece by piece; between two pieces, nothing.
  func encode<Failure: Error>(
    with encoder: inout CopyEncoder, into sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let batchIDs = parts.map(\.batchID)
    encoder.begin()
    for index in order {
      let row = events[Int(index)]
      let batch = Int(row.batch)
      if encoder.isFull(for: encoder.rowBytes(row.event, in: names[batch])) {
        try encoder.take(sink)
      }
      encoder.append(row.event, of: columns[batch], names: names[batch], batchID: batchIDs[batch])
    }
    encoder.end()
    try encoder.take(sink)
  }

  /// The event in row `number` of the COPY, which counts from 1 as Postgres's messages do.
  func place(ofRow number: Int) -> StagedPlace? {
    guard order.indices.contains(number - 1) else { return nil }
    let row = events[Int(order[number - 1])]
    return StagedPlace(member: parts[Int(row.batch)].member, position: Int(row.position))
  }

  private static func living(_ parts: [Part]) -> [KeyOrder.Row] {
    var rows: [KeyOrder.Row] = []
    rows.reserveCapacity(parts.reduce(0) { $0 + $1.positions.count - $1.dead.count })
    for (index, part) in parts.enumerated() {
      let bytes = part.batch.columns.bytes
      var cursor = part.batch.columns.makeCursor()
      var dead = part.dead[...]
      while let event = cursor.next(in: bytes.span.bytes) {
        let position = cursor.position - 1
        if dead.first?.position == position {
          dead.removeFirst()
        } else if part.positions.contains(position) {
          rows.append(KeyOrder.Row(batch: Int32(index), position: Int32(position), event: event))
        }
      }
    }
    return rows
  }
}
