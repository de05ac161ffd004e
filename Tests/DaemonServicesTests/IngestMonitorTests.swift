import DaemonServices
import Foundation
import HTTPAdmin
import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

struct IngestMonitorTests {
  /// A store that is unavailable since `unavailableSince`.
  private struct DistantStore: EventStore {
    let unavailableSince: ContinuousClock.Instant?
    let incarnation = StoreIncarnation(1)

    func start() {}

    func stop(within limit: Duration) -> Int { 0 }

    func register(
      _ registration: ProducerRegistration,
      completion: @escaping @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void
    ) {
      completion(.failure(.unavailable))
    }
  }

  private let queue = BatchQueue(limits: QueueLimits(bytes: 1 << 20, batches: 16))
  private let activity = IngestActivity()
  private let memory = MemoryBudget(limit: 4_096)
  private let health = IngestHealth(threshold: .seconds(5))
  private let started = ContinuousClock.now
  private let wallClock = Date(timeIntervalSince1970: 1_000_000)

  private func monitor(storeUnavailableSince: ContinuousClock.Instant?) -> IngestMonitor {
    IngestMonitor(
      queue: queue, queueLimits: QueueLimits(bytes: 1 << 20, batches: 4_096), memory: memory,
      activity: activity, health: health,
      store: DistantStore(unavailableSince: storeUnavailableSince), writers: 3, started: started)
  }

  private func status(
    after uptime: Duration, storeUnavailableSince: ContinuousClock.Instant? = nil
  ) -> ServerStatus {
    monitor(storeUnavailableSince: storeUnavailableSince)
      .status(.serving, at: started + uptime, wallClock: wallClock)
  }

  @Test func countsTimesBackFromTheWallClock() {
    let status = status(after: .seconds(60), storeUnavailableSince: started + .seconds(50))
    #expect(status.phase == .serving)
    #expect(status.uptime == .seconds(60))
    #expect(status.now == 1_000_000_000_000)
    #expect(status.startedAt == status.now - 60_000_000)
    #expect(status.storeUnavailableSince == status.now - 10_000_000)
  }

  @Test func aStoreThatIsThereIsNotAway() {
    #expect(status(after: .seconds(60)).storeUnavailableSince == nil)
  }

  @Test func showsWhatKeepsBatchesFromBeingCommitted() throws {
    health.report("writer 1", .blocked, "a lock is held", at: started)
    #expect(status(after: .seconds(4)).problems == [])
    let status = status(after: .seconds(6))
    #expect(
      status.problems == [
        ProblemFigures(
          component: "writer 1", kind: .blocked, reason: "a lock is held", since: status.now - 6_000_000,
          lasted: .seconds(6))
      ])
    health.end("writer 1")
    #expect(self.status(after: .seconds(7)).problems == [])
  }

  @Test func showsTheQueue() throws {
    let waiting = try batchOfOneEvent(acceptedAt: started + .seconds(1))
    _ = queue.offer(waiting, observer: IndifferentObserver())
    let figures = status(after: .seconds(3)).queue
    #expect(figures.batches == 1)
    #expect(figures.bytes == waiting.byteCount)
    #expect(figures.limitBytes == 1 << 20 && figures.limitBatches == 4_096)
    #expect(figures.oldest == .seconds(2))
  }

  @Test func showsTheMemory() throws {
    #expect(memory.reserve(100))
    let figures = status(after: .seconds(1)).memory
    #expect(figures.ingest == 100 && figures.ingestLimit == 4_096)
    // More than a test program needs at the least, and less than any machine has.
    #expect((1 << 20..<1 << 40).contains(try #require(figures.resident)))
  }

  @Test func anEmptyQueueHasNoOldestBatch() {
    let figures = status(after: .seconds(1)).queue
    #expect(figures.batches == 0)
    #expect(figures.oldest == nil)
  }

  @Test func showsLatenciesOnceThereAreSome() {
    #expect(status(after: .seconds(1)).acceptLatency == nil)
    activity.acceptLatency.record(.milliseconds(2))
    let latency = status(after: .seconds(1)).acceptLatency
    #expect(latency?.p50 == latency?.max)
    #expect(latency.map { $0.p50 >= .milliseconds(2) } == true)
    #expect(status(after: .seconds(1)).commitLatency == nil)
  }

  @Test func showsWhatWasCounted() throws {
    activity.batchAccepted(try batchOfOneEvent())
    activity.refused(.badChecksum)
    activity.acceptLatency.record(.milliseconds(2))
    activity.commitLatency.record(.milliseconds(3))
    let status = status(after: .seconds(1))
    #expect(status.activity == activity.snapshot())
    #expect(status.activity.acceptedBatches == 1)
    #expect(status.acceptHistogram == activity.acceptLatency.snapshot())
    #expect(status.commitHistogram == activity.commitLatency.snapshot())
    #expect(status.acceptHistogram != status.commitHistogram)
  }

  @Test func aWriterThatWaitsForBatchesIsNotBusy() async throws {
    #expect(status(after: .seconds(1)).writers == WriterFigures(count: 3, busy: 3))
    let writer = Thread { [queue] in _ = queue.takeGroup(.standard) }
    writer.start()
    try await waitUntil { status(after: .seconds(1)).writers.busy == 2 }
    queue.close()
    try await waitUntil { status(after: .seconds(1)).writers.busy == 3 }
  }

  @Test func samplesTheStateForTheHistory() throws {
    let waiting = try batchOfOneEvent(acceptedAt: started + .seconds(1))
    _ = queue.offer(waiting, observer: IndifferentObserver())
    activity.batchAccepted(waiting)
    activity.connectionOpened()
    activity.acceptLatency.record(.milliseconds(2))
    let monitor = monitor(storeUnavailableSince: started)
    var state = HistoryInterval.State()
    state.queued = 1
    state.queueAge = 2_000_000
    state.connections = 1
    state.busyWriters = 3
    state.isStoreAvailable = false
    let sample = monitor.historySample(at: started + .seconds(3))
    #expect(sample.state == state)
    #expect(sample.counters == activity.snapshot() && sample.longestAccept == 2_000)
    #expect(monitor.historySample(at: started + .seconds(4)).longestAccept == 0)
  }

  @Test func showsRatesAndConnections() throws {
    activity.tick(at: started)
    activity.batchAccepted(try batchOfOneEvent())
    activity.connectionOpened()
    activity.tick(at: started + .milliseconds(500))
    let status = status(after: .seconds(1))
    #expect(status.accepted == EventRates(over1s: 2, over10s: 2, over60s: 2))
    #expect(status.committed == EventRates())
    #expect(status.connections == 1)
  }
}
