import Testing
import Waiting
import WireProtocol

@testable import Ingest

/// Light producers go before heavy ones, and stop neither them nor the order of their own batches.
struct WaitingBatchesTests {
  private let observer = RecordingObserver()
  private let limits = GroupLimits(events: 1_000, bytes: 1 << 20, delay: .zero)
  private static let heavyBytes = WaitingBatches.lightBytes + 1

  private func queue() -> BatchQueue { BatchQueue(limits: QueueLimits(bytes: 1 << 30, batches: 1_000)) }

  private func offer(_ batches: IngestBatch..., to queue: BatchQueue) {
    for batch in batches { _ = queue.offer(batch, observer: observer) }
  }

  @Test func aLightBatchIsTakenBeforeABacklogAndAlone() throws {
    let queue = queue()
    for sequence in 1...3 as ClosedRange<UInt64> {
      offer(try batch(sequence, producer: 1, bytes: Self.heavyBytes), to: queue)
    }
    let light = try batch(1, producer: 2)
    offer(light, to: queue)
    #expect(queue.takeGroup(limits)?.map(\.key) == [light.key])
    #expect(queue.takeGroup(limits)?.map(\.key.sequence) == [1, 2, 3])
  }

  @Test("A free writer takes a light batch at once, although another writer commits a heavy group")
  func aLightBatchDoesNotGather() throws {
    let queue = queue()
    offer(try batch(1, producer: 1, bytes: Self.heavyBytes), to: queue)
    _ = queue.takeGroup(limits)
    let light = try batch(1, producer: 2)
    offer(light, to: queue)
    let patient = GroupLimits(events: 1_000, bytes: 1 << 20, delay: .seconds(600))
    #expect(queue.takeGroup(patient)?.map(\.key) == [light.key])
  }

  @Test func heavyProducersAreNextAfterLightOnes() throws {
    let queue = queue()
    offer(try batch(1, producer: 1, bytes: Self.heavyBytes), to: queue)
    var producers: [UInt64] = []
    for sequence in 1...2 as ClosedRange<UInt64> {
      offer(try batch(sequence, producer: 2), to: queue)
      producers += queue.takeGroup(limits)?.map(\.key.producer.low) ?? []
    }
    #expect(producers == [2, 1])
  }

  @Test func aProducerThatBecomesHeavyKeepsTheOrderOfItsBatches() throws {
    let queue = queue()
    offer(
      try batch(1, producer: 1), try batch(1, producer: 2), try batch(2, producer: 1),
      try batch(3, producer: 1, bytes: Self.heavyBytes), try batch(4, producer: 1), to: queue)
    #expect(queue.takeGroup(limits)?.map(\.key.producer.low) == [2])
    #expect(queue.takeGroup(limits)?.map(\.key.sequence) == [1, 2, 3, 4])
    #expect(queue.depth.batches == 5, "taken batches are not settled")
  }

  @Test func aProducerIsLightAgainWhenAllItsBatchesAreSettled() throws {
    let queue = queue()
    let heavy = [try batch(1, producer: 1, bytes: Self.heavyBytes), try batch(2, producer: 1)]
    let other = try batch(1, producer: 3, bytes: Self.heavyBytes)
    offer(heavy[0], heavy[1], other, to: queue)
    let group = try #require(queue.takeGroup(limits))
    #expect(Set(group.map(\.key)) == Set((heavy + [other]).map(\.key)))
    queue.settle(heavy[0], .countsUnknown, by: StoreIncarnation(1))
    offer(try batch(3, producer: 1), to: queue)
    #expect(queue.takeGroup(limits, of: .light, within: .zero).batches == nil, "it has an unsettled batch")
    queue.settle(heavy[1], .countsUnknown, by: StoreIncarnation(1))
    let third = try #require(queue.takeGroup(limits)?.first)
    queue.settle(third, .countsUnknown, by: StoreIncarnation(1))
    offer(try batch(4, producer: 1), to: queue)
    #expect(queue.takeGroup(limits, of: .light, within: .zero).batches?.map(\.key.sequence) == [4])
  }

  @Test("A writer for light producers takes nothing while no producer is heavy")
  func withoutAHeavyProducerAllWritersShareTheWork() throws {
    let queue = queue()
    offer(try batch(1, producer: 1), try batch(1, producer: 2), to: queue)
    #expect(queue.takeGroup(limits, of: .light, within: .zero).batches == nil)
    #expect(queue.takeGroup(limits)?.count == 2)
  }

  @Test func aLightBatchWakesTheWriterForLightProducers() async throws {
    let queue = queue()
    let heavy = [try batch(1, producer: 1, bytes: Self.heavyBytes), try batch(2, producer: 1)]
    let light = try batch(1, producer: 2)
    offer(heavy[0], to: queue)
    _ = queue.takeGroup(limits)
    // The only other writer is busy. So the batch is taken only if the writer for light producers wakes.
    offer(heavy[1], to: queue)
    let (limits, observer, taken) = (limits, observer, Calls())
    await onThreads(2) { index in
      guard index == 0 else {
        _ = queue.offer(light, observer: observer)
        return
      }
      for batch in queue.takeGroup(limits, of: .light, within: nil).batches ?? [] where batch === light {
        taken.one()
      }
    }
    #expect(taken.count == 1)
  }

  @Test("A light batch is taken, although its producer is the only one left when its writer wakes")
  func aWakeThatComesTooLateIsPassedOn() async throws {
    for _ in 0..<20 {
      let queue = queue()
      let heavy = try batch(1, producer: 1, bytes: Self.heavyBytes)
      let light = try batch(1, producer: 2)
      offer(heavy, to: queue)
      _ = queue.takeGroup(limits)
      let (limits, observer, taken) = (limits, observer, Calls())
      await onThreads(3) { index in
        guard index > 0 else {
          #expect(isTrueInTime { queue.idleWriters(of: .all) == 1 && queue.idleWriters(of: .light) == 1 })
          _ = queue.offer(light, observer: observer)
          queue.settle(heavy, .countsUnknown, by: StoreIncarnation(1))
          #expect(isTrueInTime { taken.count == 1 })
          return queue.close()
        }
        let share: WriterShare = index == 1 ? .all : .light
        for batch in queue.takeGroup(limits, of: share, within: nil).batches ?? [] where batch === light {
          taken.one()
        }
      }
    }
  }

  @Test func closingEndsTheWriterForLightProducersWhileHeavyBatchesWait() async throws {
    let queue = queue()
    offer(try batch(1, producer: 1, bytes: Self.heavyBytes), to: queue)
    let (limits, ended) = (limits, Calls())
    await onThreads(2) { index in
      guard index == 0 else { return queue.close() }
      if case .closed = queue.takeGroup(limits, of: .light, within: nil) { ended.one() }
    }
    #expect(ended.count == 1)
    #expect(queue.takeGroup(limits)?.count == 1)
  }
}

extension BatchQueue.Taken {
  /// The batches of a group; nil for other results.
  fileprivate var batches: [IngestBatch]? {
    guard case .group(let batches) = self else { return nil }
    return batches
  }
}
