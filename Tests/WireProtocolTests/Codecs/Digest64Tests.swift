import Testing

@testable import WireProtocol

@Suite struct Digest64Tests {
  @Test(arguments: [
    ("", 0xEF46_DB37_51D8_E999 as UInt64), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
  ])
  func givesTheWellKnownDigests(text: String, digest: UInt64) {
    #expect(Digest64.digest(of: Array(text.utf8).span.bytes) == digest)
  }

  /// The test values that come with xxHash are taken over these bytes.
  private static let sanityBuffer: [UInt8] = {
    var generator: UInt64 = 2_654_435_761
    return (0..<222).map { _ in
      defer { generator = generator &* 11_400_714_785_074_694_797 }
      return UInt8(truncatingIfNeeded: generator >> 56)
    }
  }()

  @Test(arguments: [
    (count: 1, seed: UInt64(0), digest: 0xE934_A84A_DB05_2768 as UInt64),
    (count: 1, seed: 2_654_435_761, digest: 0x5014_6076_43A9_B4C3),
    (count: 4, seed: 0, digest: 0x9136_A0DC_A574_57EE),
    (count: 14, seed: 0, digest: 0x8282_DCC4_994E_35C8),
    (count: 14, seed: 2_654_435_761, digest: 0xC3BD_6BF6_3DEB_6DF0),
    (count: 222, seed: 0, digest: 0xB641_AE8C_B691_C174),
    (count: 222, seed: 2_654_435_761, digest: 0x20CB_8AB7_AE10_C14A),
  ])
  func givesThePublishedTestValues(count: Int, seed: UInt64, digest: UInt64) {
    let bytes = Self.sanityBuffer.span.bytes.extracting(first: count)
    #expect(Digest64.digest(of: bytes, seed: seed) == digest)
  }

  @Test func theSeedIsZero() {
    let bytes = Self.sanityBuffer
    #expect(Digest64.digest(of: bytes.span.bytes) == Digest64.digest(of: bytes.span.bytes, seed: 0))
  }

  @Test(arguments: [1, 7, 31, 32, 33, 64, 1_000])
  func everyByteCounts(count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let bytes = random.bytes(count)
    var digests: Set = [Digest64.digest(of: bytes.span.bytes)]
    for position in bytes.indices {
      var other = bytes
      other[position] ^= 1
      digests.insert(Digest64.digest(of: other.span.bytes))
    }
    #expect(digests.count == count + 1)
  }

  @Test(arguments: 1..<16)
  func doesNotDependOnAlignment(offset: Int) {
    var random = SeededRandom(seed: 9)
    let bytes = random.bytes(20_000)
    let moved = Array(repeating: 0, count: offset) + bytes
    #expect(
      Digest64.digest(of: moved.span.bytes.extracting(offset..<moved.count))
        == Digest64.digest(of: bytes.span.bytes))
  }
}
