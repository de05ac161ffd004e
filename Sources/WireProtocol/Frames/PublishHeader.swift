/// The fields of a PUBLISH before its columns (`spec/wire-protocol.md`, section 5).
public struct PublishHeader: Hashable, Sendable {
  /// Bytes of the fixed part. Compression, raw length and digest do not cover them.
  public static let prefixBytes = 12

  /// Sequence of the batch.
  public let sequence: UInt64
  /// Lowest sequence that the producer may still send.
  public let base: UInt64
  /// Time until the batch must be accepted, in milliseconds; 0 for no limit. Then it is refused with
  /// `batchExpired`.
  public let timeToLive: UInt32
  /// Encoding of the columns as sent.
  public let codec: Codec
  /// Bytes of the columns before compression.
  public let rawLength: Int
  /// Context of the batch's span, which a TRACE before the PUBLISH carried; nil without one.
  public var traceContext: TraceContext?

  /// The header of one batch.
  public init(sequence: UInt64, base: UInt64, timeToLive: UInt32, codec: Codec, rawLength: Int) {
    self.sequence = sequence
    self.base = base
    self.timeToLive = timeToLive
    self.codec = codec
    self.rawLength = rawLength
  }

  /// Reads the fixed part of a PUBLISH.
  /// - Throws: `badCodec` when the codec is unknown or was not agreed, `malformedFrame` when the
  ///   lengths contradict each other.
  init(_ header: FrameHeader, body: RawSpan, features: Features) throws(WireError) {
    var reader = ByteReader(body)
    base = try reader.uint64(body)
    timeToLive = try reader.uint32(body)
    guard let codec = Codec(rawValue: header.codec), codec == .none || features.contains(.lz4) else {
      throw WireError(.badCodec, "a PUBLISH has codec \(header.codec), which is unknown or was not agreed")
    }
    guard codec != .none || Int(header.rawLength) == reader.remaining else {
      throw WireError(
        .malformedFrame,
        "a PUBLISH has raw length \(header.rawLength) and \(reader.remaining) bytes of uncompressed columns"
      )
    }
    guard BatchSequence.range.contains(header.sequence), BatchSequence.range.contains(base) else {
      throw WireError(
        .malformedFrame,
        "a PUBLISH has sequence \(header.sequence) and base \(base); both are in \(BatchSequence.range)")
    }
    self.sequence = header.sequence
    self.codec = codec
    self.rawLength = Int(header.rawLength)
  }

  /// Decompresses and checks the columns in a PUBLISH's body, and reuses the memory of `buffer` when it is
  /// large enough.
  /// - Throws: `badCompression` and `malformedColumns`, which end the connection; `batchTooLarge`, which
  ///   refuses the batch.
  public func columns(
    in body: RawSpan, limits: BatchLimits, into buffer: consuming [UInt8] = []
  ) throws(WireError) -> EventColumns {
    precondition(body.byteCount >= Self.prefixBytes, "the body is not that of this PUBLISH")
    let sent = body.extracting(Self.prefixBytes..<body.byteCount)
    switch codec {
    case .none:
      buffer.removeAll(keepingCapacity: true)
      sent.withUnsafeBytes { buffer.append(contentsOf: $0) }
    case .lz4:
      buffer = try LZ4Block.decompress(sent, rawLength: rawLength, into: buffer)
    }
    return try EventColumns(buffer, limits: limits)
  }
}

/// Sequences that a producer may give to its batches (`spec/wire-protocol.md`, section 5.1).
public enum BatchSequence {
  /// From 1 to the largest number that the ledger's column can hold, which is a signed 64-bit integer.
  public static let range: ClosedRange<UInt64> = 1...UInt64(Int64.max)
}
