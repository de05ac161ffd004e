internal import Ingest
internal import WireProtocol

/// A row of the staging table, as its origin: a batch of the group and an event in it.
struct StagedPlace: Hashable, Sendable {
  /// Index of the batch among the members of the group.
  let member: Int
  /// Zero-based place in the batch.
  let position: Int
}

/// The rows of one COPY, in order: for each claimed member of a group its living events.
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

  /// Encodes every row and hands the bytes to `sink` piece by piece; between two pieces, nothing.
  func encode<Failure: Error>(
    with encoder: inout CopyEncoder, into sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    encoder.begin()
    for part in parts {
      try Self.encode(part, with: &encoder, into: sink)
    }
    encoder.end()
    try encoder.take(sink)
  }

  /// The event in row `number` of the COPY, which counts from 1 as Postgres's messages do.
  func place(ofRow number: Int) -> StagedPlace? {
    var row = 0
    for part in parts {
      var dead = part.dead[...]
      for position in 0..<part.batch.received {
        if dead.first?.position == position {
          dead.removeFirst()
          continue
        }
        guard part.positions.contains(position) else { continue }
        row += 1
        if row == number { return StagedPlace(member: part.member, position: position) }
      }
    }
    return nil
  }

  private static func encode<Failure: Error>(
    _ part: Part, with encoder: inout CopyEncoder,
    into sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let columns = part.batch.columns
    let names = BatchNames(columns)
    var cursor = columns.makeCursor()
    var dead = part.dead[...]
    try columns.bytes.withUnsafeBufferPointer { bytes throws(Failure) in
      while let event = cursor.next(in: columns.bytes.span.bytes) {
        let position = cursor.position - 1
        if dead.first?.position == position {
          dead.removeFirst()
          continue
        }
        guard part.positions.contains(position) else { continue }
        if encoder.isFull(for: encoder.rowBytes(event, in: names)) {
          try encoder.take(sink)
        }
        // Without a time that fits 64 bits the event is dead already; were it not, the database refuses it.
        encoder.append(
          event, at: position, time: columns.layout.timestamp(of: event) ?? .max, batchID: part.batchID,
          names: names, from: UnsafeRawBufferPointer(bytes))
      }
    }
  }
}
