import Dispatch
import Ingest
import Synchronization
import Testing
import WireProtocol

/// Tests invariants with producers and writers that run at the same time.
struct BatchQueueThreadTests {
  /// The batches that the writers took.
  private struct Seen {
    var taken: [BatchKey: Int] = [:]
    var deepest = QueueDepth(batches: 0, bytes: 0)
    var largestGroup = 0
    var orderBroken = false
  }

  private static let producers = 6
  private static let perProducer = 300

  @Test(arguments: [1, 2, 4], [Duration.zero, .microseconds(200)])
  func eachBatchIsTakenAndReportedOnce(_ writers: Int, _ delay: Duration) async throws {
    let limits = QueueLimits(bytes: 12_000, batches: 16)
    let groupLimits = GroupLimits(events: 20, bytes: 6_000, delay: delay)
    let queue = BatchQueue(limits: limits)
    let observers = (0..<Self.producers).map { _ in RecordingObserver() }
    let batches = try (0..<Self.producers).map { try Self.batches(of: $0) }
    let seen = Mutex(Seen())
    let producing = Atomic(Self.producers)

    await onThreads(Self.producers + writers) { index in
      guard index < Self.producers else { return Self.write(queue, groupLimits, seen) }
      for batch in batches[index] { Self.offer(batch, to: queue, observers[index], seen) }
      if producing.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { queue.close() }
    }

    let result = seen.withLock { $0 }
    let all = batches.joined().map(\.key)
    #expect(result.taken.count == all.count && result.taken.values.allSatisfy { $0 == 1 })
    #expect(result.deepest.batches <= limits.batches && result.deepest.bytes <= limits.bytes)
    #expect(result.largestGroup <= groupLimits.events)
    #expect(!result.orderBroken, "a group took a producer's batches out of order")
    for (index, observer) in observers.enumerated() {
      #expect(observer.settlements == Dictionary(uniqueKeysWithValues: batches[index].map { ($0.key, 1) }))
    }
    #expect(queue.depth == QueueDepth(batches: 0, bytes: 0))
    #expect(queue.progress.oldest == nil)
  }

  private static func batches(of producer: Int) throws -> [IngestBatch] {
    var random = SeededGenerator(seed: UInt64(producer))
    return try (1...perProducer).map {
      try batch(
        UInt64($0), producer: UInt64(producer), events: Int.random(in: 1...9, using: &random),
        bytes: Int.random(in: 100...2_000, using: &random))
    }
  }

  /// Offers a batch until it is accepted, and then once more, which joins it unless it is settled by then.
  private static func offer(
    _ batch: IngestBatch, to queue: BatchQueue, _ observer: RecordingObserver, _ seen: borrowing Mutex<Seen>
  ) {
    while true {
      switch queue.offer(batch, observer: observer) {
      case .accepted(let depth):
        seen.withLock { seen in
          seen.deepest = QueueDepth(
            batches: max(seen.deepest.batches, depth.batches), bytes: max(seen.deepest.bytes, depth.bytes))
        }
        return
      case .full:
        let space = DispatchSemaphore(value: 0)
        queue.whenSpace(for: batch) { space.signal() }
        space.wait()
      case .joined, .sequenceReused, .closed:
        Issue.record("a fresh batch of an open queue was neither accepted nor refused")
        return
      }
    }
  }

  private static func write(_ queue: BatchQueue, _ limits: GroupLimits, _ seen: borrowing Mutex<Seen>) {
    while let group = queue.takeGroup(limits) {
      seen.withLock { seen in
        var last: [ProducerID: UInt64] = [:]
        for batch in group {
          seen.taken[batch.key, default: 0] += 1
          if let before = last[batch.key.producer], before >= batch.key.sequence { seen.orderBroken = true }
          last[batch.key.producer] = batch.key.sequence
        }
        seen.largestGroup = max(seen.largestGroup, group.reduce(0) { $0 + $1.received })
      }
      for batch in group.shuffled() { queue.settle(batch, .countsUnknown, by: StoreIncarnation(1)) }
    }
  }
}
