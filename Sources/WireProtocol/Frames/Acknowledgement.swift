/// ACK: batches were accepted, or committed (`spec/wire-protocol.md`, section 6).
public enum Acknowledgement: Hashable, Sendable {
  /// Every batch that was sent on this connection up to this one is accepted, unless an ERROR named the
  /// batch.
  case accepted(sequence: UInt64, AckStatus)
  /// These batches are committed.
  case committed([CommittedBatch], AckStatus)

  /// The queue and the settled batches when the ACK was written.
  public var status: AckStatus {
    switch self {
    case .accepted(_, let status), .committed(_, let status): status
    }
  }

  private enum Moment {
    static let accepted: UInt8 = 1
    static let committed: UInt8 = 2
  }

  /// Reads an ACK's body.
  /// - Throws: `malformedFrame`.
  init(_ header: FrameHeader, body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    let moment = try reader.uint8(body)
    let entryBytes = Int(try reader.uint8(body))
    let count = Int(try reader.uint16(body))
    let status = AckStatus(
      queuedBatches: try reader.uint32(body), queuedBytes: try reader.uint64(body),
      settledThrough: try reader.uint64(body))
    switch moment {
    case Moment.accepted:
      guard count == 0, entryBytes == 0 else {
        throw WireError(
          .malformedFrame, "an accepted ACK announces \(count) entries of \(entryBytes) bytes; it has none")
      }
      self = .accepted(sequence: header.sequence, status)
    case Moment.committed:
      guard header.sequence == 0 else {
        throw WireError(.malformedFrame, "a committed ACK has sequence \(header.sequence) in its header")
      }
      self = .committed(try Self.entries(count, of: entryBytes, &reader, body), status)
    default:
      throw WireError(.malformedFrame, "an ACK has moment \(moment), which is neither accepted nor committed")
    }
    try reader.finish()
  }

  /// Reads `count` entries of `entryBytes` each. Bytes of an entry beyond the known ones are fields of a
  /// later version and are skipped.
  private static func entries(
    _ count: Int, of entryBytes: Int, _ reader: inout ByteReader, _ body: RawSpan
  ) throws(WireError) -> [CommittedBatch] {
    guard count > 0 else { throw WireError(.malformedFrame, "a committed ACK has no entry") }
    guard entryBytes >= CommittedBatch.entryBytes else {
      throw WireError(
        .malformedFrame,
        "a committed ACK has entries of \(entryBytes) bytes; the smallest has \(CommittedBatch.entryBytes)"
      )
    }
    guard reader.remaining == count * entryBytes else {
      throw WireError(
        .malformedFrame,
        "an ACK announces \(count) entries of \(entryBytes) bytes; they have \(reader.remaining) bytes"
      )
    }
    var batches: [CommittedBatch] = []
    batches.reserveCapacity(count)
    for _ in 0..<count {
      let end = reader.position + entryBytes
      batches.append(try CommittedBatch(&reader, body))
      try reader.skip(end - reader.position)
    }
    return batches
  }

  /// Writes the ACK; a list of more than 65,535 batches becomes several frames.
  func write(to writer: inout FrameWriter) {
    switch self {
    case .accepted(let sequence, let status):
      writer.frame(.ack, sequence: sequence) { status.write(Moment.accepted, to: &$0) }
    case .committed(let batches, let status):
      var rest = batches[...]
      while !rest.isEmpty {
        let part = rest.prefix(Int(UInt16.max))
        rest = rest.dropFirst(part.count)
        writer.frame(.ack) { body in
          status.write(
            Moment.committed, entryBytes: UInt8(CommittedBatch.entryBytes), entries: UInt16(part.count),
            to: &body)
          for batch in part { batch.write(to: &body) }
        }
      }
    }
  }
}

/// The state of queue and producer that every ACK reports.
public struct AckStatus: Hashable, Sendable {
  /// Batches in the server's queue.
  public var queuedBatches: UInt32
  /// Raw bytes in the server's queue.
  public var queuedBytes: UInt64
  /// Every sequence at or below it is settled.
  public var settledThrough: UInt64

  /// The state at one moment.
  public init(queuedBatches: UInt32, queuedBytes: UInt64, settledThrough: UInt64) {
    self.queuedBatches = queuedBatches
    self.queuedBytes = queuedBytes
    self.settledThrough = settledThrough
  }

  fileprivate func write(
    _ moment: UInt8, entryBytes: UInt8 = 0, entries: UInt16 = 0, to body: inout FrameWriter
  ) {
    body.integer(moment)
    body.integer(entryBytes)
    body.integer(entries)
    body.integer(queuedBatches)
    body.integer(queuedBytes)
    body.integer(settledThrough)
  }
}

/// One committed batch, as an entry of ACK reports it.
public struct CommittedBatch: Hashable, Sendable {
  /// Bytes of an entry that this version writes, and the fewest that it reads.
  static let entryBytes = 28
  private static let replayFlag: UInt8 = 1
  private static let unknownFlag: UInt8 = 2

  /// The sequence of the batch.
  public let sequence: UInt64
  /// Counts of the batch's events; nil when the batch was committed so long ago that the counts are gone.
  public let counts: BatchCounts?
  /// Whether an earlier transaction committed the batch.
  public let isReplay: Bool

  /// The entry of batch `sequence`.
  public init(sequence: UInt64, counts: BatchCounts?, isReplay: Bool) {
    self.sequence = sequence
    self.counts = counts
    self.isReplay = isReplay
  }

  fileprivate init(_ reader: inout ByteReader, _ body: RawSpan) throws(WireError) {
    sequence = try reader.uint64(body)
    let received = try reader.uint32(body)
    let (unique, duplicate) = (try reader.uint32(body), try reader.uint32(body))
    let dead = try reader.uint32(body)
    let flags = try reader.uint32(body)
    guard UInt64(received) == UInt64(unique) + UInt64(duplicate) + UInt64(dead) else {
      throw WireError(.malformedFrame, "the counts of batch \(sequence) in an ACK do not add up")
    }
    guard flags & ~UInt32(Self.replayFlag | Self.unknownFlag) == 0 else {
      throw WireError(
        .malformedFrame, "the entry of batch \(sequence) in an ACK sets bits that version 1 keeps zero")
    }
    let isUnknown = flags & UInt32(Self.unknownFlag) != 0
    guard !isUnknown || received == 0 else {
      throw WireError(.malformedFrame, "batch \(sequence) has counts, and the flag that they are unknown")
    }
    isReplay = flags & UInt32(Self.replayFlag) != 0
    counts = isUnknown ? nil : BatchCounts(unique: unique, duplicate: duplicate, dead: dead)
  }

  fileprivate func write(to body: inout FrameWriter) {
    body.integer(sequence)
    body.integer(counts?.received ?? 0)
    body.integer(counts?.unique ?? 0)
    body.integer(counts?.duplicate ?? 0)
    body.integer(counts?.dead ?? 0)
    body.integer(UInt32((isReplay ? Self.replayFlag : 0) | (counts == nil ? Self.unknownFlag : 0)))
  }
}

extension FrameWriter {
  /// Writes an ACK.
  public mutating func acknowledgement(_ acknowledgement: Acknowledgement) {
    acknowledgement.write(to: &self)
  }
}

/// Counts of the events of one committed batch. In every value, `received = unique + duplicate + dead`.
public struct BatchCounts: Hashable, Sendable {
  /// Events in the batch.
  public let received: UInt32
  /// Events whose key this batch stored first.
  public let unique: UInt32
  /// Events whose key was stored already, or earlier in the same group.
  public let duplicate: UInt32
  /// Events that can never be stored; each is dead-lettered with its reason.
  public let dead: UInt32

  /// Counts whose sum is `received`. Traps when the sum does not fit 32 bits, which no batch within the
  /// protocol's limits can reach.
  public init(unique: UInt32, duplicate: UInt32, dead: UInt32) {
    self.received = unique + duplicate + dead
    self.unique = unique
    self.duplicate = duplicate
    self.dead = dead
  }
}
