import Ingest
import Testing
import WireProtocol

struct SpareBuffersTests {
  private func address(_ buffer: [UInt8]) -> Int {
    buffer.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
  }

  /// Gives an array of its own, of which no copy is left. Its address.
  private func give(_ count: Int, to spares: SpareBuffers) -> Int {
    let buffer = [UInt8](repeating: 7, count: count)
    let place = address(buffer)
    spares.give(buffer)
    return place
  }

  @Test func givesTheSameMemoryAgain() {
    let spares = SpareBuffers(limit: 1 << 20)
    let place = give(100_000, to: spares)
    #expect(spares.byteCount >= 100_000)
    var buffer = spares.take(99_000)
    #expect(spares.byteCount == 0)
    #expect(buffer.isEmpty)
    buffer.append(contentsOf: repeatElement(1, count: 99_000))
    #expect(address(buffer) == place)
  }

  @Test func prefersTheLastOneThatFits() {
    let spares = SpareBuffers(limit: 1 << 20)
    _ = give(100_000, to: spares)
    let place = give(100_000, to: spares)
    _ = give(50_000, to: spares)
    var buffer = spares.take(100_000)
    buffer.append(1)
    #expect(address(buffer) == place)
  }

  @Test(arguments: [100_001 + 4_096, 70_000])
  func doesNotGiveWhatIsTooSmallOrMuchTooLarge(_ count: Int) {
    let spares = SpareBuffers(limit: 1 << 20)
    let place = give(100_000, to: spares)
    let kept = spares.byteCount
    let buffer = spares.take(count)
    #expect(buffer.capacity >= count)
    #expect(address(buffer) != place)
    #expect(spares.byteCount == kept)
  }

  @Test func leavesSmallArraysToTheAllocator() {
    let spares = SpareBuffers(limit: 1 << 20)
    _ = give(SpareBuffers.smallest / 2, to: spares)
    #expect(spares.byteCount == 0)
    #expect(spares.take(SpareBuffers.smallest - 1).isEmpty)
  }

  @Test func keepsNoMoreThanItsLimitAndForgetsTheOldest() {
    let spares = SpareBuffers(limit: 300_000)
    for count in [40_000, 100_000, 60_000, 110_000, 60_000] {
      _ = give(count, to: spares)
      #expect(spares.byteCount <= spares.limit)
    }
    #expect(spares.byteCount >= 230_000)
    let before = spares.byteCount
    _ = spares.take(100_000)
    #expect(before - spares.byteCount >= 110_000, "the array of 100,000 was forgotten")
    _ = give(400_000, to: spares)
    #expect(spares.byteCount <= spares.limit)
  }

  @Test func keepsNothingWithoutALimit() {
    let spares = SpareBuffers(limit: 0)
    _ = give(100_000, to: spares)
    #expect(spares.byteCount == 0)
  }

  @Test func whoStillReadsAnArrayKeepsItsBytes() {
    let spares = SpareBuffers(limit: 1 << 20)
    let read = [UInt8](repeating: 7, count: 100_000)
    spares.give(read)
    var other = spares.take(100_000)
    other.append(contentsOf: repeatElement(1, count: 100_000))
    #expect(read.allSatisfy { $0 == 7 })
  }

  @Test func aBatchGivesTheMemoryOfItsColumnsBack() throws {
    let spares = SpareBuffers(limit: 1 << 20)
    let raw = try rawColumns(of: (0..<1_000).map { SampleEvent(id: Array("id-\($0)".utf8)) })
    var batch: IngestBatch? = IngestBatch(
      key: BatchKey(producer: ProducerID(high: 0, low: 1), sequence: 1), base: 1, digest: 0, session: 1,
      columns: try EventColumns(raw + [], limits: .standard), dead: [], acceptedAt: .now, spares: spares)
    #expect(spares.byteCount == 0)
    #expect(batch?.received == 1_000)
    batch = nil
    #expect(spares.byteCount >= raw.count)
  }
}
