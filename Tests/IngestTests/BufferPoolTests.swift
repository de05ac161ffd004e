import Ingest
import Testing
import WireProtocol

struct BufferPoolTests {
  private func address(_ buffer: [UInt8]) -> Int {
    buffer.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
  }

  /// Returns an array without other references to the pool. Returns its address.
  private func give(_ count: Int, to buffers: BufferPool) -> Int {
    let buffer = [UInt8](repeating: 7, count: count)
    let place = address(buffer)
    buffers.give(buffer)
    return place
  }

  @Test func reusesMemory() {
    let buffers = BufferPool(limit: 1 << 20)
    let place = give(100_000, to: buffers)
    #expect(buffers.byteCount >= 100_000)
    var buffer = buffers.take(99_000)
    #expect(buffers.byteCount == 0)
    #expect(buffer.isEmpty)
    buffer.append(contentsOf: repeatElement(1, count: 99_000))
    #expect(address(buffer) == place)
  }

  @Test func prefersTheMostRecentArrayThatFits() {
    let buffers = BufferPool(limit: 1 << 20)
    _ = give(100_000, to: buffers)
    let place = give(100_000, to: buffers)
    _ = give(50_000, to: buffers)
    var buffer = buffers.take(100_000)
    buffer.append(1)
    #expect(address(buffer) == place)
  }

  @Test(arguments: [100_001 + 4_096, 70_000])
  func returnsNoArrayThatIsTooSmallOrMuchTooLarge(_ count: Int) {
    let buffers = BufferPool(limit: 1 << 20)
    let place = give(100_000, to: buffers)
    let kept = buffers.byteCount
    let buffer = buffers.take(count)
    #expect(buffer.capacity >= count)
    #expect(address(buffer) != place)
    #expect(buffers.byteCount == kept)
  }

  @Test func leavesSmallArraysToTheAllocator() {
    let buffers = BufferPool(limit: 1 << 20)
    _ = give(BufferPool.smallest / 2, to: buffers)
    #expect(buffers.byteCount == 0)
    #expect(buffers.take(BufferPool.smallest - 1).isEmpty)
  }

  @Test func keepsAtMostItsLimitAndFreesTheOldest() {
    let buffers = BufferPool(limit: 300_000)
    for count in [40_000, 100_000, 60_000, 110_000, 60_000] {
      _ = give(count, to: buffers)
      #expect(buffers.byteCount <= buffers.limit)
    }
    #expect(buffers.byteCount >= 230_000)
    let before = buffers.byteCount
    _ = buffers.take(100_000)
    #expect(before - buffers.byteCount >= 110_000, "the array of 100,000 bytes was freed")
    _ = give(400_000, to: buffers)
    #expect(buffers.byteCount <= buffers.limit)
  }

  @Test func keepsNothingWithoutALimit() {
    let buffers = BufferPool(limit: 0)
    _ = give(100_000, to: buffers)
    #expect(buffers.byteCount == 0)
  }

  @Test func aReaderOfAReturnedArrayKeepsItsBytes() {
    let buffers = BufferPool(limit: 1 << 20)
    let read = [UInt8](repeating: 7, count: 100_000)
    buffers.give(read)
    var other = buffers.take(100_000)
    other.append(contentsOf: repeatElement(1, count: 100_000))
    #expect(read.allSatisfy { $0 == 7 })
  }

  @Test func aBatchReturnsTheMemoryOfItsColumns() throws {
    let buffers = BufferPool(limit: 1 << 20)
    let raw = try rawColumns(of: (0..<1_000).map { SampleEvent(id: Array("id-\($0)".utf8)) })
    var batch: IngestBatch? = IngestBatch(
      key: BatchKey(producer: ProducerID(high: 0, low: 1), sequence: 1), base: 1, digest: 0, session: 1,
      columns: try EventColumns(raw + [], limits: .standard), dead: [], acceptedAt: .now, buffers: buffers)
    #expect(buffers.byteCount == 0)
    #expect(batch?.received == 1_000)
    batch = nil
    #expect(buffers.byteCount >= raw.count)
  }
}
