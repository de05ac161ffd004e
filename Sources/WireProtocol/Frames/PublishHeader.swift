/// What stands in front of the columns of a PUBLISH (`spec/wire-protocol.md`, section 5).
public struct PublishHeader: Hashable, Sendable {
  /// Bytes of the fixed part, outside compression, raw length and digest.
  public static let prefixBytes = 12

  /// The batch's number.
  public let sequence: UInt64
  /// The lowest sequence that the producer may still send.
  public let base: UInt64
  /// How long the batch may wait to be accepted, in milliseconds; 0 for ever.
  public let timeToLive: UInt32
  /// How the columns were sent.
  public let codec: Codec
  /// Bytes of the columns before compression.
  public let rawLength: Int

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
      throw WireError(.badCodec, "codec \(header.codec) is unknown or was not agreed")
    }
    guard codec != .none || Int(header.rawLength) == reader.remaining else {
      throw WireError(
        .malformedFrame, "raw length \(header.rawLength) of \(reader.remaining) bytes of uncompressed columns"
      )
    }
    guard BatchSequence.range.contains(header.sequence), BatchSequence.range.contains(base) else {
      throw WireError(
        .malformedFrame,
        "PUBLISH has sequence \(header.sequence) and base \(base), outside \(BatchSequence.range)")
    }
    self.sequence = header.sequence
    self.codec = codec
    self.rawLength = Int(header.rawLength)
  }

  /// The columns out of a PUBLISH's body, decompressed, in the memory of `buffer` if there is enough of it,
  /// and checked.
  /// - Throws: `badCompression`, `malformedColumns` or `batchTooLarge`.
  public func columns(
    in body: RawSpan, limits: BatchLimits, into buffer: consuming [UInt8] = []
  ) throws(WireError) -> EventColumns {
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
