public import Foundation
public import HTTPAdmin
public import Ingest
public import WireProtocol

/// What the HTTP side shows of this process, read from the parts that ingest.
public struct IngestMonitor: Sendable {
  private let queue: BatchQueue
  private let queueBytes: Int
  private let memory: MemoryBudget
  private let activity: IngestActivity
  private let store: any EventStore
  private let writers: Int
  private let started: ContinuousClock.Instant

  /// Watches a process that started at `started`.
  /// - Parameters:
  ///   - queueBytes: The bound of the queue.
  ///   - memory: What batches take.
  ///   - writers: How many there are.
  public init(
    queue: BatchQueue, queueBytes: Int, memory: MemoryBudget, activity: IngestActivity,
    store: any EventStore, writers: Int, started: ContinuousClock.Instant
  ) {
    self.queue = queue
    self.queueBytes = queueBytes
    self.memory = memory
    self.activity = activity
    self.store = store
    self.writers = writers
    self.started = started
  }

  /// The state at `now`, which the wall clock calls `wallClock`.
  public func status(
    _ phase: ServerStatus.Phase, at now: ContinuousClock.Instant, wallClock: Date
  ) -> ServerStatus {
    let depth = queue.depth
    let counters = activity.snapshot()
    let accept = activity.acceptLatency.snapshot()
    let commit = activity.commitLatency.snapshot()
    let wallClock = Int64(wallClock.timeIntervalSince1970 * 1e6)
    let uptime = started.duration(to: now)
    return ServerStatus(
      phase: phase, now: wallClock, startedAt: wallClock - uptime.microseconds, uptime: uptime,
      storeAwaySince: store.awaySince.map { wallClock - $0.duration(to: now).microseconds },
      accepted: rates(\.accepted), committed: rates(\.committed),
      acceptLatency: LatencyFigures(accept), commitLatency: LatencyFigures(commit),
      queue: QueueFigures(
        batches: depth.batches, bytes: depth.bytes, limitBytes: queueBytes,
        oldest: queue.oldest.map { $0.duration(to: now) }),
      writers: WriterFigures(count: writers, busy: max(0, writers - queue.idleWriters)),
      memory: MemoryFigures(
        resident: ProcessMemory.residentBytes(), ingest: memory.reserved, ingestLimit: memory.limit),
      connections: counters.connections, activity: counters, acceptHistogram: accept,
      commitHistogram: commit)
  }

  /// What this process knows of `producers`, of which those in `connected` have a connection.
  public func activity(
    of producers: Set<ProducerID>, connected: Set<ProducerID>
  ) -> [ProducerID: ProducerActivity] {
    var activities = queue.unsettled(of: producers).mapValues { ProducerActivity(unsettled: $0) }
    for producer in connected {
      // An older connection of the same producer is closed as soon as there is a newer one.
      activities[producer, default: ProducerActivity()].connections = 1
    }
    return activities
  }

  private func rates(_ figure: KeyPath<ActivityRate, Double>) -> EventRates {
    EventRates(
      over1s: activity.rate(overSeconds: 1)[keyPath: figure],
      over10s: activity.rate(overSeconds: 10)[keyPath: figure],
      over60s: activity.rate(overSeconds: 60)[keyPath: figure])
  }
}

extension LatencyFigures {
  /// The figures of what was recorded; nil when that is nothing.
  fileprivate init?(_ recorded: LatencySnapshot) {
    guard let p50 = recorded.percentile(0.5), let p95 = recorded.percentile(0.95),
      let p99 = recorded.percentile(0.99), let longest = recorded.percentile(1)
    else { return nil }
    self.init(p50: p50, p95: p95, p99: p99, max: longest)
  }
}

extension Duration {
  /// Whole microseconds, cut off.
  fileprivate var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
