import Testing
import WireProtocol

@Suite struct LZ4BlockTests {
  /// Bytes with repetitions, as columns have.
  private func text(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    let words = (0..<20).map { _ in random.bytes(upTo: 12) + [0x20] }
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += words[Int.random(in: 0..<words.count, using: &random)] }
    return Array(bytes.prefix(count))
  }

  @Test(arguments: [100, 4_096, 65_535, 65_536, 65_537, 1_000_000])
  func whatIsCompressedComesBack(count: Int) throws {
    let bytes = text(count, seed: UInt64(count))
    let block = try #require(LZ4Block.compress(Array(bytes)))
    #expect(block.count < bytes.count)
    #expect(try LZ4Block.decompress(block, rawLength: count) == bytes)
  }

  @Test(arguments: [0, 5_000, 10_000, 20_000])
  func decompressesIntoMemoryThatItIsGiven(capacity: Int) throws {
    let bytes = text(10_000, seed: 1)
    let block = try #require(LZ4Block.compress(bytes))
    var buffer = [UInt8](repeating: 9, count: capacity)
    buffer.reserveCapacity(capacity)
    let place = buffer.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
    let fits = buffer.capacity >= bytes.count
    let raw = try LZ4Block.decompress(block.span.bytes, rawLength: bytes.count, into: buffer.taken())
    #expect(raw == bytes)
    #expect((raw.withUnsafeBytes { Int(bitPattern: $0.baseAddress) } == place) == fits)
  }

  @Test func readsABlockOfTheSpecification() throws {
    // Three literals "abc", a match of 8 at offset 3; then the five literals that end every block.
    let block: [UInt8] = [0x34, 0x61, 0x62, 0x63, 3, 0, 0x50] + Array("12345".utf8)
    #expect(try LZ4Block.decompress(block, rawLength: 16) == Array("abcabcabcab12345".utf8))
  }

  @Test func reachesTheHighestRatioOfTheFormat() throws {
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let block = try #require(LZ4Block.compress(zeros))
    #expect(block.count < 4_200)
    #expect(try LZ4Block.decompress(block, rawLength: zeros.count) == zeros)
  }

  @Test(arguments: [0, 1, 12, 64, 10_000])
  func givesNothingWhenItWouldNotShrink(count: Int) {
    var random = SeededRandom(seed: 2)
    #expect(LZ4Block.compress(random.bytes(count)) == nil)
  }

  @Test func rejectsEveryOtherLength() throws {
    let bytes = text(3_000, seed: 1)
    let block = try #require(LZ4Block.compress(bytes))
    for rawLength in [0, 1, 2_999, 3_001, 6_000] {
      #expect(throws: WireError(.badCompression, ""), "\(rawLength)") {
        try LZ4Block.decompress(block, rawLength: rawLength)
      }
    }
  }

  @Test(arguments: [-1, .min, .max, 1 << 31, 1 << 40])
  func rejectsALengthThatNoBlockCanHave(rawLength: Int) {
    #expect(throws: WireError(.badCompression, "")) {
      try LZ4Block.decompress([0x50, 1, 2, 3, 4, 5], rawLength: rawLength)
    }
  }

  @Test func rejectsALengthBeyondTheHighestRatioWithoutAllocatingIt() {
    let block = [UInt8](repeating: 0xFF, count: 100)
    let error = #expect(throws: WireError.self) { try LZ4Block.decompress(block, rawLength: 25_501) }
    #expect(error?.code == .badCompression)
    #expect(error?.message.contains("cannot decompress") == true)
  }

  @Test func rejectsABlockThatWasCutAnywhere() throws {
    let bytes = text(600, seed: 4)
    let block = try #require(LZ4Block.compress(bytes))
    for count in block.indices {
      #expect(throws: WireError(.badCompression, ""), "\(count) of \(block.count) bytes") {
        try LZ4Block.decompress(Array(block[..<count]), rawLength: bytes.count)
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func damageIsRejectedOrGivesExactlyTheAnnouncedLength(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let bytes = text(2_000, seed: seed)
    let sound = try #require(LZ4Block.compress(bytes))
    for _ in 0..<200 {
      var block = sound
      block[Int.random(in: 0..<block.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      do throws(WireError) {
        let result = try LZ4Block.decompress(block, rawLength: bytes.count)
        #expect(result.count == bytes.count)
      } catch {
        #expect(error.code == .badCompression)
      }
    }
  }

  @Test(arguments: [2, 3, 65_535] as [UInt16])
  func rejectsAMatchBeforeTheStart(offset: UInt16) {
    // One literal, a match of 8, the last literals.
    let block: [UInt8] = [0x14, 0x61, UInt8(offset & 0xFF), UInt8(offset >> 8), 0x50, 1, 2, 3, 4, 5]
    #expect(throws: WireError(.badCompression, "")) { try LZ4Block.decompress(block, rawLength: 14) }
  }

  /// The format forbids this block and liblz4 may accept it, but the result must not hold earlier contents of the
  /// memory.
  @Test(arguments: 4..<80)
  func aMatchWithoutOffsetShowsNoOldMemory(length: Int) {
    let extra: [UInt8] = length < 19 ? [] : [UInt8(length - 19)]
    let block: [UInt8] =
      [0x10 | UInt8(min(length - 4, 15)), 0x61, 0, 0] + extra + [0x50, 1, 2, 3, 4, 5]
    guard let bytes = try? LZ4Block.decompress(block, rawLength: 1 + length + 5) else { return }
    #expect(bytes == [0x61] + Array(repeating: 0, count: length) + [1, 2, 3, 4, 5])
  }
}

extension LZ4Block {
  fileprivate static func compress(_ bytes: [UInt8]) -> [UInt8]? { compress(bytes.span.bytes) }

  fileprivate static func decompress(_ block: [UInt8], rawLength: Int) throws(WireError) -> [UInt8] {
    try decompress(block.span.bytes, rawLength: rawLength)
  }
}

extension [UInt8] {
  /// The array without a copy elsewhere.
  fileprivate mutating func taken() -> [UInt8] {
    var empty: [UInt8] = []
    swap(&empty, &self)
    return empty
  }
}
