/// The 24 bytes in front of every body (`spec/wire-protocol.md`, section 3).
public struct FrameHeader: Hashable, Sendable {
  /// Bytes of a header.
  public static let byteCount = 24
  /// The only header version.
  static let version: UInt8 = 1
  /// Flags that a receiver must know.
  static let criticalFlags: UInt8 = 0x0F
  static let checksumOffset = 20

  /// Bytes of the body as sent.
  public let bodyLength: UInt32
  /// The type's number, which may be one that this version does not know.
  public let type: UInt8
  /// The flags; version 1 knows none.
  public let flags: UInt8
  /// The codec's number, which may be one that this version does not know.
  public let codec: UInt8
  /// The batch's sequence, where the type has one.
  public let sequence: UInt64
  /// Bytes of the compressible part before compression.
  public let rawLength: UInt32
  /// CRC-32C over the header, with this field as zero, and the body.
  public let checksum: UInt32

  /// Reads the header at the start of `bytes`, which holds at least `byteCount` bytes.
  /// - Throws: `malformedFrame` when the header version is another.
  init(parsing bytes: RawSpan) throws(WireError) {
    precondition(bytes.byteCount >= Self.byteCount)
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
      throw WireError(.malformedFrame, "header version \(version) is not \(Self.version)")
    }
  }

  /// Whether `checksum` matches the frame whose bytes these are.
  func matches(frame: RawSpan) -> Bool {
    var crc = CRC32C()
    crc.update(frame.extracting(0..<Self.checksumOffset))
    crc.update(UInt32.zero)
    crc.update(frame.extracting(Self.byteCount..<frame.byteCount))
    return crc.value == checksum
  }
}
