import Synchronization
import Testing
import WireProtocol

@testable import Ingest

/// Producers have equal shares of the queue and of the groups.
struct QueueSharesTests {
  private let observer = RecordingObserver()

  @Test func aSingleProducerMayFillTheQueue() throws {
    let queue = BatchQueue(limits: QueueLimits(bytes: 1 << 20, batches: 10))
    for sequence in 1...10 as ClosedRange<UInt64> {
      guard case .accepted = queue.offer(try batch(sequence), observer: observer) else {
        Issue.record("batch \(sequence) was not accepted")
        return
      }
    }
  }

  @Test func aProducerAmongOthersLeavesAsMuchFreeAsItHas() throws {
    let queue = BatchQueue(limits: QueueLimits(bytes: 1 << 20, batches: 30))
    _ = queue.offer(try batch(1, producer: 2), observer: observer)
    var accepted = 0
    while case .accepted = queue.offer(try batch(UInt64(accepted + 1)), observer: observer) { accepted += 1 }
    #expect(accepted == 15)
    let large = try batch(2, producer: 2, bytes: 300_000)
    _ = queue.offer(large, observer: observer)
    #expect(!queue.hasShare(500_000, of: large.key.producer))
    #expect(
      queue.hasShare(500_000, of: ProducerID(high: 0, low: 3)), "a producer without batches has its share")
  }

  @Test func aProducerAboveItsShareIsCalledWhenABatchIsSettled() throws {
    let queue = BatchQueue(limits: QueueLimits(bytes: 1 << 20, batches: 3))
    let (mine, other, next) = (try batch(1), try batch(1, producer: 2), try batch(2))
    for batch in [mine, other] { _ = queue.offer(batch, observer: observer) }
    #expect(queue.offer(next, observer: observer) == .full)
    let calls = Mutex(0)
    queue.whenSpace(for: next) { calls.withLock { $0 += 1 } }
    #expect(calls.withLock { $0 } == 0)
    _ = queue.takeGroup(GroupLimits(events: 100, bytes: 1 << 20, delay: .zero))
    queue.settle(mine, .countsUnknown, by: StoreIncarnation(1))
    #expect(calls.withLock { $0 } == 1)
    guard case .accepted = queue.offer(next, observer: observer) else {
      Issue.record("the queue called and had no room")
      return
    }
  }

  @Test func aProducerAboveItsShareIsCalledWhenItsBatchesAreDiscarded() throws {
    let queue = BatchQueue(limits: QueueLimits(bytes: 1 << 20, batches: 4))
    let (mine, other) = ([try batch(1), try batch(2)], try batch(1, producer: 2))
    for batch in mine + [other] { _ = queue.offer(batch, observer: observer) }
    let calls = Mutex(0)
    queue.whenShare(1 << 20, of: mine[0].key.producer) { calls.withLock { $0 += 1 } }
    let group = try #require(queue.takeGroup(GroupLimits(events: 100, bytes: 1 << 20, delay: .zero)))
    let incarnation = mine[0].incarnation
    #expect(queue.discard(from: group, unlessOf: incarnation).isEmpty)
    #expect(calls.withLock { $0 } == 0)
    let discarded = queue.discard(from: group, unlessOf: StoreIncarnation(incarnation.number + 1))
    #expect(discarded == Set(group.map(\.key)))
    #expect(queue.depth == .empty)
    #expect(calls.withLock { $0 } == 1)
    #expect(Set(observer.settlements.keys) == discarded)
  }

  @Test func producersTakeTurnsByRawBytes() throws {
    var line = FairBatchQueue()
    for sequence in 1...4 as ClosedRange<UInt64> {
      line.append(try batch(sequence, producer: 1, bytes: 2 * FairBatchQueue.quantum))
    }
    for sequence in 1...4 as ClosedRange<UInt64> {
      line.append(try batch(sequence, producer: 2, bytes: FairBatchQueue.quantum / 4))
    }
    let group = line.takeGroup(GroupLimits(events: 100, bytes: 4 * FairBatchQueue.quantum, delay: .zero))
    let small = group.filter { $0.key.producer.low == 2 }
    #expect(small.count == 4, "the small batches do not wait for the large ones before them")
    #expect(group.count == 5, "the rest of the group has the other producer's batches")
    var rest: [UInt64] = []
    while !line.isEmpty {
      rest += line.takeGroup(GroupLimits(events: 100, bytes: 1 << 20, delay: .zero)).map(\.key.sequence)
    }
    #expect(rest == [2, 3, 4])
    #expect(line.events == 0 && line.bytes == 0)
  }
}
