import WireProtocol

/// Checksums made right: without it every mutation would end at the checksum.
enum FrameRepair {
  private static let checksumOffset = 20

  /// Corrects the checksum of every whole frame in `bytes` from `start` on.
  static func correct(_ bytes: inout [UInt8], from start: Int) {
    var start = start
    while bytes.count - start >= FrameHeader.byteCount {
      let length = (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
      let end = start + FrameHeader.byteCount + length
      guard end <= bytes.count else { return }
      for offset in 0..<4 { bytes[start + checksumOffset + offset] = 0 }
      let checksum = CRC32C.checksum(of: bytes.span.bytes.extracting(start..<end))
      for offset in 0..<4 {
        bytes[start + checksumOffset + offset] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(offset)))
      }
      start = end
    }
  }
}
