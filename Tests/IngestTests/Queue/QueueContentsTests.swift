import Testing
import WireProtocol

@testable import Ingest

/// Tests of the rules of the queue, without threads.
struct QueueContentsTests {
  /// A class, because `#expect` cannot call mutating functions.
  private final class Rules {
    private(set) var contents: QueueContents
    private let observer = RecordingObserver()

    init(bytes: Int = 1 << 20, batches: Int = 100) {
      contents = QueueContents(limits: QueueLimits(bytes: bytes, batches: batches))
    }

    var depth: QueueDepth { contents.depth }
    func offer(_ batch: IngestBatch) -> Offer { contents.offer(batch, observer: observer).offer }
    func takeGroup(_ limits: GroupLimits = .standard) -> [IngestBatch] { contents.takeGroup(limits) }
    func settle(_ batch: IngestBatch) { _ = contents.settle(batch) }
    func takeRoom() -> Bool { contents.takeRoom() }
    func close() { contents.close() }
  }

  @Test func acceptsUpToItsNumberOfBatches() throws {
    let queue = Rules(bytes: 1 << 20, batches: 3)
    for sequence in 1...3 as ClosedRange<UInt64> {
      guard case .accepted(let depth) = queue.offer(try batch(sequence)) else {
        Issue.record("refused batch \(sequence)")
        return
      }
      #expect(depth.batches == Int(sequence))
    }
    #expect(queue.offer(try batch(4)) == .full)
    #expect(queue.depth.batches == 3)
  }

  /// The store numbers the batches of a group with 16 bits.
  @Test func limitsTheBatchesOfAGroup() throws {
    let queue = Rules(bytes: 1 << 30, batches: 100_000)
    let limits = GroupLimits(events: 1_000_000, bytes: 1 << 30, delay: .seconds(1))
    let columns = try columns(of: [SampleEvent()])
    let count = UInt64(GroupLimits.batches) + 3
    for sequence in 1...count {
      if sequence == count { #expect(queue.contents.waiting.fills(limits)) }
      _ = queue.offer(
        IngestBatch(
          key: BatchKey(producer: ProducerID(high: 1, low: 1), sequence: sequence), base: 1, digest: sequence,
          session: 0, columns: columns, dead: [], acceptedAt: .now))
    }
    #expect(queue.takeGroup(limits).count == GroupLimits.batches)
    #expect(queue.takeGroup(limits).count == 3)
  }

  @Test func acceptsUpToItsBytes() throws {
    let first = try batch(1, bytes: 1_000)
    let second = try batch(2, bytes: 1_000)
    let exact = Rules(bytes: first.byteCount + second.byteCount, batches: 9)
    _ = exact.offer(first)
    #expect(exact.offer(second) == .accepted(exact.depth))
    let short = Rules(bytes: first.byteCount + second.byteCount - 1, batches: 9)
    _ = short.offer(first)
    #expect(short.offer(second) == .full)
  }

  @Test func anEmptyQueueTakesABatchLargerThanItself() throws {
    let queue = Rules(bytes: 100, batches: 9)
    let large = try batch(1, bytes: 5_000)
    #expect(queue.offer(large) == .accepted(queue.depth))
    #expect(queue.offer(try batch(2)) == .full)
    _ = queue.takeGroup()
    #expect(queue.offer(try batch(2)) == .full, "a taken batch is not settled")
    queue.settle(large)
    #expect(queue.contents.isEmpty)
    #expect(queue.offer(try batch(2)) == .accepted(queue.depth))
  }

  @Test func groupsKeepTheOrderOfArrivalAndTheirLimits() throws {
    let queue = Rules()
    let sizes = [3, 4, 4, 1, 20, 2]
    for (index, events) in sizes.enumerated() {
      _ = queue.offer(try batch(UInt64(index + 1), events: events))
    }
    let limits = GroupLimits(events: 8, bytes: 1 << 20, delay: .zero)
    var groups: [[UInt64]] = []
    while !queue.contents.waiting.isEmpty { groups.append(queue.takeGroup(limits).map(\.key.sequence)) }
    #expect(groups == [[1, 2], [3, 4], [5], [6]])
    #expect(queue.contents.takenCount == 6)
    #expect(queue.contents.waiting.events == 0 && queue.contents.waiting.bytes == 0)
  }

  @Test func groupsEndAtTheirBytes() throws {
    let batches = try (1...4).map { try batch($0, bytes: 1_000) }
    let size = batches[0].byteCount
    for (limit, expected) in [(2 * size, 2), (2 * size - 1, 1), (4 * size, 4), (1, 1)] {
      let queue = Rules()
      for batch in batches { _ = queue.offer(batch) }
      #expect(queue.takeGroup(GroupLimits(events: 100, bytes: limit, delay: .zero)).count == expected)
    }
  }

  @Test func joinsTheSameBatchAndRefusesOtherBytes() throws {
    let queue = Rules(bytes: 1 << 20, batches: 1)
    let first = try batch(1, digest: 5)
    _ = queue.offer(first)
    for _ in 0..<2 {
      #expect(queue.offer(try batch(1, digest: 5)) == .joined(queue.depth))
      #expect(queue.offer(try batch(1, digest: 6)) == .sequenceReused)
      #expect(queue.offer(try batch(1, producer: 2, digest: 6)) == .full)
      if !queue.contents.waiting.isEmpty { _ = queue.takeGroup() }
    }
    queue.settle(first)
    #expect(queue.offer(try batch(1, digest: 6)) == .accepted(queue.depth))
  }

  @Test func aClosedQueueOnlyAllowsJoining() throws {
    let queue = Rules()
    _ = queue.offer(try batch(1))
    queue.close()
    #expect(queue.offer(try batch(2)) == .closed)
    #expect(queue.offer(try batch(1)) == .joined(queue.depth))
  }

  @Test func repeatsOffersWhenAQuarterIsFree() throws {
    let queue = Rules(bytes: 1 << 20, batches: 8)
    let batches = try (1...8).map { try batch($0) }
    for batch in batches { _ = queue.offer(batch) }
    #expect(queue.takeRoom(), "no offer was refused yet")
    _ = queue.offer(try batch(9))
    _ = queue.takeGroup()
    var room: [Bool] = []
    for batch in batches.prefix(3) {
      queue.settle(batch)
      room.append(queue.takeRoom())
    }
    #expect(room == [false, true, true])
  }

  @Test func repeatsOffersWhenTheRefusedBatchFits() throws {
    let small = try (1...10).map { try batch($0, bytes: 1_000) }
    let size = small[0].byteCount
    let queue = Rules(bytes: 10 * size, batches: 100)
    for batch in small { _ = queue.offer(batch) }
    _ = queue.offer(try batch(11, bytes: 5 * size))
    let needed = try batch(11, bytes: 5 * size).byteCount
    _ = queue.takeGroup()
    for batch in small {
      queue.settle(batch)
      let fits = queue.depth.bytes + needed <= 10 * size
      #expect(queue.takeRoom() == fits, "at \(queue.depth)")
      if fits { break }
    }
  }

  @Test func theOldestIsTheOneLongestUnsettled() throws {
    let start = ContinuousClock.now
    let queue = Rules()
    let batches = try (1...3).map { try batch($0, acceptedAt: start + .seconds(Int($0))) }
    for batch in batches { _ = queue.offer(batch) }
    _ = queue.takeGroup()
    #expect(queue.contents.oldest == start + .seconds(1))
    queue.settle(batches[0])
    #expect(queue.contents.oldest == start + .seconds(2))
    queue.settle(batches[1])
    queue.settle(batches[2])
    #expect(queue.contents.oldest == nil)
  }
}
