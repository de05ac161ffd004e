/// The 24 bytes before every body (`spec/wire-protocol.md`, section 3).
public struct FrameHeader: Hashable, Sendable {
  /// Bytes of a header.
  public static let byteCount = 24
  /// The only header version.
  static let version: UInt8 = 1
  /// Flags that end the connection when a receiver does not know them.
  static let criticalFlags: UInt8 = 0x0F
  static let checksumOffset = 20

  /// Bytes of the body as sent.
  public let bodyLength: UInt32
  /// Number of the type, which this version may not know.
  public let type: UInt8
  /// Flags; version 1 knows none.
  public let flags: UInt8
  /// Number of the codec, which this version may not know.
  public let codec: UInt8
  /// Sequence of the batch, where the type has a sequence.
  public let sequence: UInt64
  /// Bytes of the part that the codec covers, before compression.
  public let rawLength: UInt32
  /// CRC-32C over the header, with this field as zero, and the body.
  public let checksum: UInt32

  /// Reads the header at the start of `bytes`, which has at least `byteCount` bytes.
  /// - Throws: `malformedFrame` when the header version is not 1.
  init(parsing bytes: RawSpan) throws(WireError) {
    precondition(bytes.byteCount >= Self.byteCount, "the header is not complete")
    var reader = ByteReader(bytes)
    bodyLength = try reader.uint32(bytes)
    type = try reader.uint8(bytes)
    flags = try reader.uint8(bytes)
    codec = try reader.uint8(bytes)
    let version = try reader.uint8(bytes)
    sequence = try reader.uint64(bytes)
    rawLength = try reader.uint32(bytes)
    checksum = try reader.uint32(bytes)
    guard version == Self.version else {
      throw WireError(
        .malformedFrame, "a frame has header version \(version); this side knows \(Self.version)")
    }
  }

  /// Whether `checksum` is that of the frame with these bytes.
  func matches(frame: RawSpan) -> Bool {
    assert(frame.byteCount == byteCount, "the bytes are not one whole frame")
    var crc = CRC32C()
    crc.update(frame.extracting(0..<Self.checksumOffset))
    crc.update(UInt32.zero)
    crc.update(frame.extracting(Self.byteCount..<frame.byteCount))
    return crc.value == checksum
  }
}

extension FrameHeader {
  /// Bytes of the whole frame.
  public var byteCount: Int { Self.byteCount + Int(bodyLength) }

  /// Checks type, flags, codec, raw length and sequence (steps 4 to 6 of section 3).
  /// - Returns: the type; nil for a frame that is to be skipped.
  /// - Throws: `unknownCritical`, `badCodec` or `malformedFrame`.
  func checkedType() throws(WireError) -> FrameType? {
    guard flags & Self.criticalFlags == 0 else {
      throw WireError(.unknownCritical, "flags \(flags) of a frame of type \(type) are unknown and critical")
    }
    guard let known = FrameType(rawValue: type) else {
      guard type >= FrameType.firstIgnorable else {
        throw WireError(.unknownCritical, "frame type \(type) is unknown and critical")
      }
      return nil
    }
    guard known == .publish || codec == Codec.none.rawValue else {
      throw WireError(.badCodec, "a frame of type \(known) has codec \(codec); only PUBLISH has a codec")
    }
    guard known == .publish || rawLength == bodyLength else {
      throw WireError(
        .malformedFrame,
        "a frame of type \(known) has raw length \(rawLength) and an uncompressed body of \(bodyLength) bytes"
      )
    }
    guard sequence == 0 || known.mayHaveSequence else {
      throw WireError(
        .malformedFrame, "a frame of type \(known) has sequence \(sequence); this type has none")
    }
    return known
  }
}
