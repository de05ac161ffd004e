/// CRC-32C without CRC instructions: eight bytes at a time, with a table for each of the eight.
enum CRC32CTables {
  /// The polynomial 0x1EDC6F41, lowest power in the highest bit.
  private static let polynomial: UInt32 = 0x82F6_3B78

  /// Eight tables of 256: table `k` holds the CRC of a byte with `k` zero bytes after it.
  private static let tables: [UInt32] = {
    var tables = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ polynomial }
    }
    for index in 256..<2048 {
      let shorter = tables[index - 256]
      tables.append(shorter >> 8 ^ tables[Int(shorter & 0xFF)])
    }
    return tables
  }()

  /// The state (the CRC without its inversions) after `bytes`.
  static func update(_ initial: UInt32, _ bytes: RawSpan) -> UInt32 {
    let tables = tables.span
    var state = initial
    var offset = 0
    while offset + 8 <= bytes.byteCount {
      let word = bytes.littleEndian(UInt64.self, at: offset) ^ UInt64(state)
      state = 0
      for byte in 0..<8 {
        state ^= tables[(7 - byte) << 8 | Int(truncatingIfNeeded: word >> (8 * UInt64(byte)) & 0xFF)]
      }
      offset += 8
    }
    while offset < bytes.byteCount {
      let index = UInt8(truncatingIfNeeded: state) ^ bytes.littleEndian(UInt8.self, at: offset)
      state = state >> 8 ^ tables[Int(index)]
      offset += 1
    }
    return state
  }
}

/// The change of a CRC's state by a fixed number of zero bytes. It joins the states of neighbouring parts.
///
/// The change is linear over the state's bits. Therefore the effects of the state's four bytes are looked up
/// and added.
struct CRC32CShift {
  private let tables: [UInt32]

  /// The effect of `bytes` zero bytes.
  init(bytes: Int) {
    precondition(bytes >= 0, "there is no negative number of bytes")
    let zeros = [UInt8](repeating: 0, count: bytes)
    let effectOfBit = (0..<32).map { CRC32CTables.update(1 << $0, zeros.span.bytes) }
    tables = (0..<1024).map { index in
      (0..<8).reduce(0) { $0 ^ (index >> $1 & 1 == 0 ? 0 : effectOfBit[index >> 8 * 8 + $1]) }
    }
  }

  /// The state after the zero bytes.
  func callAsFunction(_ state: UInt32) -> UInt32 {
    let tables = tables.span
    return tables[Int(state & 0xFF)] ^ tables[256 | Int(state >> 8 & 0xFF)]
      ^ tables[512 | Int(state >> 16 & 0xFF)] ^ tables[768 | Int(state >> 24)]
  }
}
