internal import Base
public import Foundation
public import HTTPAdmin
public import Ingest
public import StoreInterface
public import WireProtocol

/// The state of this process that the HTTP server shows, read from the parts that ingest.
public struct IngestMonitor: Sendable {
  private let queue: BatchQueue
  private let queueLimits: QueueLimits
  private let memory: MemoryBudget
  private let activity: IngestActivity
  private let health: IngestHealth
  private let store: any EventStore
  private let writers: Int
  private let started: ContinuousClock.Instant

  /// A monitor of a process that started at `started`.
  /// - Parameters:
  ///   - queueLimits: The bounds of the queue.
  ///   - memory: The budget from which batches take memory.
  ///   - health: The problems that keep batches from being committed.
  ///   - writers: The number of writers.
  public init(
    queue: BatchQueue, queueLimits: QueueLimits, memory: MemoryBudget, activity: IngestActivity,
    health: IngestHealth, store: any EventStore, writers: Int, started: ContinuousClock.Instant
  ) {
    precondition(writers >= 1, "a writer empties the queue")
    self.queue = queue
    self.queueLimits = queueLimits
    self.memory = memory
    self.activity = activity
    self.health = health
    self.store = store
    self.writers = writers
    self.started = started
  }

  /// Returns the state at `now`, which is the time `wallClock` on the wall clock.
  public func status(
    _ phase: ServerStatus.Phase, at now: ContinuousClock.Instant, wallClock: Date
  ) -> ServerStatus {
    let depth = queue.depth
    let report = health.summary(of: queue.progress, at: now)
    let counters = activity.snapshot()
    let accept = activity.acceptLatency.snapshot()
    let commit = activity.commitLatency.snapshot()
    let wallClock = Int64(wallClock.timeIntervalSince1970 * 1e6)
    let uptime = started.duration(to: now)
    return ServerStatus(
      phase: phase, now: wallClock, startedAt: wallClock - uptime.wholeMicroseconds, uptime: uptime,
      storeUnavailableSince: store.unavailableSince.map {
        wallClock - $0.duration(to: now).wholeMicroseconds
      },
      problems: report.problems.map { problem in
        let lasted = problem.since.duration(to: now)
        return ProblemFigures(
          component: problem.component, kind: problem.kind, reason: problem.reason,
          since: wallClock - lasted.wholeMicroseconds, lasted: lasted)
      },
      retentionOverdue: counters.overdueSince.map { $0.duration(to: now) } ?? .zero,
      accepted: rates(\.accepted), committed: rates(\.committed),
      acceptLatency: LatencyFigures(accept), commitLatency: LatencyFigures(commit),
      queue: QueueFigures(
        batches: depth.batches, bytes: depth.bytes, limitBytes: queueLimits.bytes,
        limitBatches: queueLimits.batches,
        oldest: report.oldestBatch.map { $0.duration(to: now) }),
      writers: WriterFigures(count: writers, busy: busyWriters),
      memory: MemoryFigures(
        resident: ProcessMemory.residentBytes(), ingest: memory.reserved, ingestLimit: memory.limit),
      connections: counters.connections, activity: counters, acceptHistogram: accept,
      commitHistogram: commit)
  }

  /// Returns a sample for the history at `now`. The history alone calls it, about once a second.
  public func historySample(at now: ContinuousClock.Instant) -> HistorySample {
    var sample = activity.historySample()
    sample.state.queued = queue.unsettledEvents
    let age = queue.progress.oldest.map { $0.duration(to: now).wholeMicroseconds } ?? 0
    sample.state.queueAge = Int(max(0, age))
    sample.state.busyWriters = Int32(clamping: busyWriters)
    sample.state.isStoreAvailable = store.unavailableSince == nil
    return sample
  }

  /// Returns the activity of `producers` in this process. The producers in `connected` have a connection.
  public func activity(
    of producers: Set<ProducerID>, connected: Set<ProducerID>
  ) -> [ProducerID: ProducerActivity] {
    var activities = queue.unsettled(of: producers).mapValues { ProducerActivity(unsettled: $0) }
    for producer in connected {
      // A producer has at most one connection, because a newer connection closes the older one.
      activities[producer, default: ProducerActivity()].connections = 1
    }
    return activities
  }

  private var busyWriters: Int { max(0, writers - queue.idleWriters(of: .all)) }

  private func rates(_ figure: KeyPath<ActivityRate, Double>) -> EventRates {
    EventRates(
      over1s: activity.rate(overSeconds: 1)[keyPath: figure],
      over10s: activity.rate(overSeconds: 10)[keyPath: figure],
      over60s: activity.rate(overSeconds: 60)[keyPath: figure])
  }
}

extension LatencyFigures {
  /// The figures of the recorded latencies; nil when none was recorded.
  fileprivate init?(_ recorded: LatencySnapshot) {
    guard let p50 = recorded.percentile(0.5), let p95 = recorded.percentile(0.95),
      let p99 = recorded.percentile(0.99), let longest = recorded.percentile(1)
    else { return nil }
    self.init(p50: p50, p95: p95, p99: p99, max: longest)
  }
}
