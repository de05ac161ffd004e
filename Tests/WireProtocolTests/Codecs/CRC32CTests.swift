import Testing

@testable import WireProtocol

@Suite struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the usual check value.
  static let published: [(bytes: [UInt8], checksum: UInt32)] = [
    (Array("123456789".utf8), 0xE306_9283),
    (Array(repeating: 0, count: 32), 0x8A91_36AA),
    (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
    (Array(0..<32), 0x46DD_794E),
    (Array((0..<32).reversed()), 0x113F_DB5C),
    (
      [0x01, 0xC0, 0, 0] + Array(repeating: 0, count: 12)
        + [0x14, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2]
        + Array(repeating: 0, count: 7), 0xD996_3A56
    ),
    ([], 0),
  ]

  @Test(arguments: published)
  func givesThePublishedChecksums(bytes: [UInt8], checksum: UInt32) {
    #expect(CRC32C.checksum(of: bytes.span.bytes) == checksum)
    #expect(~CRC32CTables.update(~0, bytes.span.bytes) == checksum)
  }

  /// One bit at a time, as the polynomial's definition has it.
  private func bitByBit(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var state = UInt32.max
    for byte in bytes {
      state ^= UInt32(byte)
      for _ in 0..<8 { state = state >> 1 ^ (state & 1 == 0 ? 0 : 0x82F6_3B78) }
    }
    return ~state
  }

  @Test func agreesWithTheTablesForEveryLength() {
    var random = SeededRandom(seed: 3)
    let bytes = random.bytes(4_096)
    for count in 0...bytes.count {
      let part = bytes.span.bytes.extracting(first: count)
      #expect(CRC32C.checksum(of: part) == ~CRC32CTables.update(~0, part), "\(count) bytes")
    }
    #expect(CRC32C.checksum(of: bytes.span.bytes) == bitByBit(bytes))
  }

  @Test(arguments: 0..<16)
  func doesNotDependOnAlignment(offset: Int) {
    var random = SeededRandom(seed: UInt64(offset))
    let bytes = random.bytes(20_000)
    for count in [1, 7, 8, 9, 3_071, 3_072, 3_073, 6_150, 19_984] {
      let part = bytes.span.bytes.extracting(offset..<offset + count)
      let expected = bitByBit(bytes[offset..<offset + count])
      #expect(CRC32C.checksum(of: part) == expected)
      #expect(~CRC32CTables.update(~0, part) == expected)
    }
  }

  @Test func theWayThatBytesAreFedDoesNotMatter() {
    var random = SeededRandom(seed: 5)
    let bytes = random.bytes(12_000)
    let whole = CRC32C.checksum(of: bytes.span.bytes)
    for _ in 0..<50 {
      var crc = CRC32C()
      var start = 0
      while start < bytes.count {
        let end = Int.random(in: start...bytes.count, using: &random)
        crc.update(bytes.span.bytes.extracting(start..<end))
        start = end
      }
      #expect(crc.value == whole)
    }
  }

  @Test func aNumberCountsAsItsLittleEndianBytes() {
    var crc = CRC32C()
    crc.update(0x0403_0201)
    #expect(crc.value == CRC32C.checksum(of: ([1, 2, 3, 4] as [UInt8]).span.bytes))
  }

  @Test func aShiftIsWhatZeroBytesDo() {
    for count in [0, 1, 8, 1_024] {
      let shift = CRC32CShift(bytes: count)
      let zeros = [UInt8](repeating: 0, count: count)
      for state in [0, 1, 0x8000_0000, 0xDEAD_BEEF, UInt32.max] as [UInt32] {
        #expect(shift(state) == CRC32CTables.update(state, zeros.span.bytes))
      }
    }
  }
}
