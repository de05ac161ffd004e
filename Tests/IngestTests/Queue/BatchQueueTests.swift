import Dispatch
import Ingest
import Testing
import Waiting
import WireProtocol

struct BatchQueueTests {
  private let observer = RecordingObserver()
  private let atOnce = GroupLimits(events: 1_000, bytes: 1 << 20, delay: .zero)
  private let patient = GroupLimits(events: 3, bytes: 1 << 20, delay: .seconds(86_400))

  private func queue(batches: Int = 100) -> BatchQueue {
    BatchQueue(limits: QueueLimits(bytes: 1 << 20, batches: batches))
  }

  @Test func aSettledBatchIsReportedToAllItsSenders() throws {
    let queue = queue()
    let other = RecordingObserver()
    let one = try batch(1, session: 0)
    _ = queue.offer(one, observer: observer)
    let group = queue.takeGroup(atOnce)
    #expect(group?.map(\.key) == [one.key])
    #expect(queue.offer(try batch(1, session: 0), observer: other) == .joined(queue.depth))
    queue.settle(one, .countsUnknown, by: StoreIncarnation(1))
    #expect(observer.settlements == [one.key: 1])
    #expect(other.settlements == [one.key: 1])
    #expect(queue.depth == QueueDepth(batches: 0, bytes: 0))
  }

  @Test func countsBatchesUntilTheyAreSettled() throws {
    let queue = queue()
    let batches = try [batch(1, events: 3), batch(2, events: 4)]
    for batch in batches { _ = queue.offer(batch, observer: observer) }
    let depth = queue.depth
    #expect(queue.unsettledEvents == 7)
    #expect(depth == QueueDepth(batches: 2, bytes: batches[0].byteCount + batches[1].byteCount))
    _ = queue.takeGroup(atOnce)
    #expect(queue.depth == depth)
    queue.settle(batches[0], .countsUnknown, by: StoreIncarnation(1))
    #expect(queue.depth == QueueDepth(batches: 1, bytes: batches[1].byteCount))
    #expect(queue.unsettledEvents == 4)
    #expect(queue.abandonedCount == 1)
  }

  @Test func theNewerSessionOfAJoinedBatchSupersedesTheOlder() throws {
    let queue = queue()
    let newer = RecordingObserver()
    let held = try batch(1, session: 4)
    _ = queue.offer(held, observer: observer)
    _ = queue.offer(try batch(1, session: 5), observer: newer)
    #expect(observer.newerSessions == [5])
    _ = queue.takeGroup(atOnce)
    queue.settle(held, .countsUnknown, by: StoreIncarnation(1))
    #expect(observer.settlements == [:])
    #expect(newer.settlements == [held.key: 1])
  }

  @Test func supersedingTellsEachOlderSessionOnce() throws {
    let queue = queue()
    let stranger = RecordingObserver()
    for sequence in 1...3 as ClosedRange<UInt64> {
      _ = queue.offer(try batch(sequence, session: 4), observer: observer)
      _ = queue.offer(try batch(sequence, producer: 2, session: 4), observer: stranger)
    }
    let group = try #require(queue.takeGroup(atOnce))
    let producer = ProducerID(high: 0, low: 1)
    queue.supersede(producer, by: 4, of: StoreIncarnation(0), in: group)
    #expect(observer.newerSessions == [])
    queue.supersede(producer, by: 9, of: StoreIncarnation(0), in: group)
    #expect(observer.newerSessions == [9])
    #expect(stranger.newerSessions == [])
  }

  @Test func spaceIsReportedOnce() throws {
    let queue = queue(batches: 1)
    let calls = Calls()
    let first = try batch(1)
    _ = queue.offer(first, observer: observer)
    #expect(queue.offer(try batch(2), observer: observer) == .full)
    queue.whenSpace(for: try batch(2)) { calls.one() }
    #expect(calls.count == 0)
    _ = queue.takeGroup(atOnce)
    #expect(calls.count == 0)
    queue.settle(first, .countsUnknown, by: StoreIncarnation(1))
    #expect(calls.count == 1)
    let second = try batch(2)
    _ = queue.offer(second, observer: observer)
    _ = queue.takeGroup(atOnce)
    queue.settle(second, .countsUnknown, by: StoreIncarnation(1))
    #expect(calls.count == 1)
  }

  @Test func existingSpaceIsReportedAtOnce() throws {
    let calls = Calls()
    queue().whenSpace(for: try batch(1)) { calls.one() }
    #expect(calls.count == 1)
  }

  @Test func aSpaceCallbackMayOfferAgain() throws {
    let queue = queue(batches: 1)
    let first = try batch(1)
    let second = try batch(2)
    let observer = observer
    _ = queue.offer(first, observer: observer)
    _ = queue.offer(second, observer: observer)
    queue.whenSpace(for: second) { _ = queue.offer(second, observer: observer) }
    _ = queue.takeGroup(atOnce)
    queue.settle(first, .countsUnknown, by: StoreIncarnation(1))
    #expect(queue.takeGroup(atOnce)?.map(\.key) == [second.key])
  }

  @Test func closingRefusesOffersAndEndsWritersWhenNothingWaits() throws {
    let queue = queue()
    let calls = Calls()
    let one = try batch(1)
    _ = queue.offer(one, observer: observer)
    queue.close()
    #expect(queue.offer(try batch(2), observer: observer) == .closed)
    queue.whenEmpty { calls.one() }
    #expect(queue.takeGroup(patient)?.map(\.key) == [one.key])
    #expect(queue.takeGroup(patient) == nil)
    #expect(calls.count == 0)
    queue.settle(one, .countsUnknown, by: StoreIncarnation(1))
    #expect(calls.count == 1)
    queue.whenEmpty { calls.one() }
    #expect(calls.count == 2)
  }

  @Test func closingCallsAllSpaceCallbacks() throws {
    let queue = queue(batches: 1)
    let calls = Calls()
    _ = queue.offer(try batch(1), observer: observer)
    _ = queue.offer(try batch(2), observer: observer)
    queue.whenSpace(for: try batch(2)) { calls.one() }
    queue.close()
    #expect(calls.count == 1)
  }

  @Test func closingWakesEveryIdleWriter() async {
    let queue = queue()
    let ended = Calls()
    let (limits, writers) = (patient, 4)
    await onThreads(writers + 1) { index in
      guard index < writers else { return queue.close() }
      if queue.takeGroup(limits) == nil { ended.one() }
    }
    #expect(ended.count == writers)
  }

  @Test("A single batch is taken at once when no other writer is busy")
  func doesNotWaitWhenOthersAreIdle() throws {
    let queue = queue()
    _ = queue.offer(try batch(1), observer: observer)
    #expect(queue.takeGroup(patient)?.count == 1)
  }

  @Test("While another writer is busy, a group waits until it is full")
  func gathersWhileOthersAreBusy() async throws {
    let queue = queue()
    _ = queue.offer(try batch(1), observer: observer)
    _ = queue.takeGroup(patient)
    let batches = try (2...4).map { try batch($0) }
    let (limits, observer, taken) = (patient, observer, Calls())
    await onThreads(2) { index in
      if index == 0 {
        for batch in batches { _ = queue.offer(batch, observer: observer) }
      } else {
        for _ in queue.takeGroup(limits) ?? [] { taken.one() }
      }
    }
    #expect(taken.count == 3)
  }

  @Test func gatheringEndsAfterItsDelay() throws {
    let queue = queue()
    _ = queue.offer(try batch(1), observer: observer)
    _ = queue.takeGroup(patient)
    _ = queue.offer(try batch(2), observer: observer)
    let hasty = GroupLimits(events: 3, bytes: 1 << 20, delay: .milliseconds(1))
    #expect(queue.takeGroup(hasty)?.map(\.key.sequence) == [2])
  }

  @Test("A free writer takes the batches that another one gathers, if a producer awaits an answer")
  func gatheringForAnAwaitedBatchEndsWithTheOthers() async throws {
    let queue = queue()
    let (one, two) = (try batch(1), try batch(2, isAwaited: true))
    _ = queue.offer(one, observer: observer)
    _ = queue.takeGroup(patient)
    _ = queue.offer(two, observer: observer)
    let (limits, taken, left) = (patient, Calls(), Calls())
    await onThreads(2) { index in
      guard index == 0 else {
        if queue.takeGroup(limits) != nil { left.one() }
        return
      }
      Self.awaitIdleWriters(1, queue)
      queue.settle(one, .countsUnknown, by: StoreIncarnation(1))
      for _ in queue.takeGroup(limits) ?? [] { taken.one() }
      queue.settle(two, .countsUnknown, by: StoreIncarnation(1))
      queue.close()
    }
    #expect(taken.count == 1)
    #expect(left.count == 0)
  }

  @Test("An awaited batch wakes the gathering writer when no other writer is busy")
  func anAwaitedBatchWakesTheGatherer() async throws {
    let queue = queue()
    let batches = try (1...3).map { try batch($0, isAwaited: true) }
    _ = queue.offer(batches[0], observer: observer)
    _ = queue.takeGroup(patient)
    _ = queue.offer(batches[1], observer: observer)
    let (limits, observer, taken) = (patient, observer, Calls())
    await onThreads(2) { index in
      guard index == 0 else {
        for _ in queue.takeGroup(limits) ?? [] { taken.one() }
        return
      }
      Self.awaitIdleWriters(1, queue)
      queue.settle(batches[0], .countsUnknown, by: StoreIncarnation(1))
      for batch in queue.takeGroup(limits) ?? [] {
        queue.settle(batch, .countsUnknown, by: StoreIncarnation(1))
      }
      _ = queue.offer(batches[2], observer: observer)
    }
    #expect(taken.count == 1)
  }

  @Test("Gathering for batches that no producer awaits continues when the other writers are done")
  func gatheringForStreamsContinuesAfterTheOthers() async throws {
    let queue = queue()
    let one = try batch(1)
    _ = queue.offer(one, observer: observer)
    _ = queue.takeGroup(patient)
    _ = queue.offer(try batch(2), observer: observer)
    let (limits, taken, early, closed) = (patient, Calls(), Calls(), Calls())
    await onThreads(3) { index in
      if index == 0 {
        #expect(isTrueInTime { queue.idleWriters(of: .all) >= 2 || taken.count > 0 })
        closed.one()
        return queue.close()
      }
      if index == 1 {
        Self.awaitIdleWriters(1, queue)
        queue.settle(one, .countsUnknown, by: StoreIncarnation(1))
      }
      guard queue.takeGroup(limits) != nil else { return }
      if closed.count == 0 { early.one() }
      taken.one()
    }
    #expect(taken.count == 1)
    #expect(early.count == 0)
  }

  private static func awaitIdleWriters(_ count: Int, _ queue: BatchQueue) {
    #expect(isTrueInTime { queue.idleWriters(of: .all) >= count })
  }

  @Test func closingEndsGathering() async throws {
    let queue = queue()
    _ = queue.offer(try batch(1), observer: observer)
    _ = queue.takeGroup(patient)
    _ = queue.offer(try batch(2), observer: observer)
    let (limits, taken) = (patient, Calls())
    await onThreads(2) { index in
      guard index == 0 else { return queue.close() }
      for _ in queue.takeGroup(limits) ?? [] { taken.one() }
    }
    #expect(taken.count == 1)
  }
}
