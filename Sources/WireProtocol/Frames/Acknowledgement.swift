/// ACK: batches were accepted, or committed (`spec/wire-protocol.md`, section 6).
public enum Acknowledgement: Hashable, Sendable {
  /// Everything sent on this connection up to this sequence's PUBLISH is accepted, unless an ERROR named it.
  case accepted(sequence: UInt64, AckStatus)
  /// These batches are committed.
  case committed([CommittedBatch], AckStatus)

  private enum Moment {
    static let accepted: UInt8 = 1
    static let committed: UInt8 = 2
  }

  /// Reads an ACK's body.
  /// - Throws: `malformedFrame`.
  init(_ header: FrameHeader, body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    let moment = try reader.uint8(body)
    _ = try reader.uint8(body)
    let count = Int(try reader.uint16(body))
    let status = AckStatus(
      queuedBatches: try reader.uint32(body), queuedBytes: try reader.uint64(body),
      settledThrough: try reader.uint64(body))
    switch (moment, count) {
    case (Moment.accepted, 0):
      self = .accepted(sequence: header.sequence, status)
    case (Moment.committed, 1...):
      var batches: [CommittedBatch] = []
      guard reader.remaining == count * CommittedBatch.byteCount else {
        throw WireError(
          .malformedFrame, "an ACK of \(count) batches has \(reader.remaining) bytes of entries")
      }
      batches.reserveCapacity(count)
      for _ in 0..<count { batches.append(try CommittedBatch(&reader, body)) }
      self = .committed(batches, status)
    default:
      throw WireError(.malformedFrame, "an ACK of moment \(moment) with \(count) entries")
    }
    try reader.finish()
  }

  /// Writes the ACK; a list of more than 65,535 batches becomes several frames.
  func write(to writer: inout FrameWriter) {
    switch self {
    case .accepted(let sequence, let status):
      writer.frame(.ack, sequence: sequence) { status.write(Moment.accepted, entries: 0, to: &$0) }
    case .committed(let batches, let status):
      var rest = batches[...]
      while !rest.isEmpty {
        let part = rest.prefix(Int(UInt16.max))
        rest = rest.dropFirst(part.count)
        writer.frame(.ack) { body in
          status.write(Moment.committed, entries: UInt16(part.count), to: &body)
          for batch in part { batch.write(to: &body) }
        }
      }
    }
  }
}

/// What every ACK tells besides.
public struct AckStatus: Hashable, Sendable {
  /// Batches in the server's queue.
  public var queuedBatches: UInt32
  /// Raw bytes in the server's queue.
  public var queuedBytes: UInt64
  /// Every sequence at or below it is settled.
  public var settledThrough: UInt64

  /// The state of queue and connection at one moment.
  public init(queuedBatches: UInt32, queuedBytes: UInt64, settledThrough: UInt64) {
    self.queuedBatches = queuedBatches
    self.queuedBytes = queuedBytes
    self.settledThrough = settledThrough
  }

  fileprivate func write(_ moment: UInt8, entries: UInt16, to body: inout FrameWriter) {
    body.integer(moment)
    body.integer(UInt8.zero)
    body.integer(entries)
    body.integer(queuedBatches)
    body.integer(queuedBytes)
    body.integer(settledThrough)
  }
}

/// One committed batch, as its producer is told.
public struct CommittedBatch: Hashable, Sendable {
  static let byteCount = 28
  private static let replayFlag: UInt8 = 1
  private static let unknownFlag: UInt8 = 2

  /// The batch's number.
  public let sequence: UInt64
  /// What became of its events; nil when it was committed so long ago that nobody knows any more.
  public let counts: BatchCounts?
  /// Whether an earlier transaction had committed it.
  public let isReplay: Bool

  /// The answer for batch `sequence`.
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
    guard UInt64(received) == UInt64(unique) + UInt64(duplicate) + UInt64(dead), flags < 4 else {
      throw WireError(.malformedFrame, "the counts of batch \(sequence) do not add up")
    }
    isReplay = flags & UInt32(Self.replayFlag) != 0
    let known = flags & UInt32(Self.unknownFlag) == 0
    counts = known ? BatchCounts(unique: unique, duplicate: duplicate, dead: dead) : nil
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
