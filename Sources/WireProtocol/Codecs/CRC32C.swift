import CIntrinsics

/// A running CRC-32C, the checksum of every frame: RFC 3720, appendix B.4, polynomial 0x1EDC6F41.
///
/// Computed by the processor's CRC instructions where it has them, otherwise from tables.
public struct CRC32C: Hashable, Sendable {
  private static let hasInstructions = sluice_has_crc32c() != 0
  /// Bytes of each of the three parts whose checksums are computed at the same time.
  private static let part = 1024
  private static let skipPart = CRC32CShift(bytes: part)

  private var state: UInt32 = ~0

  /// The checksum of no bytes.
  public init() {}

  /// The checksum of the bytes so far.
  public var value: UInt32 { ~state }

  /// The checksum of `bytes`.
  public static func checksum(of bytes: RawSpan) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  /// Adds `bytes` to the checksum.
  public mutating func update(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      state =
        Self.hasInstructions
        ? Self.updateByInstructions(state, start, buffer.count) : CRC32CTables.update(state, bytes)
    }
  }

  /// Adds the four bytes of `number`, little-endian, to the checksum.
  public mutating func update(_ number: UInt32) {
    withUnsafeBytes(of: number.littleEndian) { update($0.bytes) }
  }

  private static func updateByInstructions(
    _ initial: UInt32, _ start: UnsafePointer<UInt8>, _ count: Int
  ) -> UInt32 {
    var state = initial
    var offset = 0
    while count - offset >= 3 * part {
      let states = sluice_crc32c_three(state, start + offset, part)
      state = skipPart(skipPart(states.first) ^ states.second) ^ states.last
      offset += 3 * part
    }
    return sluice_crc32c(state, start + offset, count - offset)
  }
}
