import Synchronization
public import WireProtocol

/// The process-wide counters of ingest, fed by sessions and writers, read by `/stats` and `/metrics`.
///
/// They live here and not in connections, because the sum would fall with each one that closes. Each
/// call is a few relaxed atomic additions, and is made once for a batch or rarer, never for an event.
public final class IngestActivity: Sendable {
  private let acceptedBatches = Atomic<Int>(0)
  private let acceptedEvents = Atomic<Int>(0)
  private let acceptedBytes = Atomic<Int>(0)
  private let committedBatches = Atomic<Int>(0)
  private let uniqueEvents = Atomic<Int>(0)
  private let duplicateEvents = Atomic<Int>(0)
  private let deadEvents = Atomic<Int>(0)
  private let replayedBatches = Atomic<Int>(0)
  private let receivedBytes = Atomic<Int>(0)
  private let groupRetries = Atomic<Int>(0)
  private let openedConnections = Atomic<Int>(0)
  private let closedConnections = Atomic<Int>(0)
  private let refusals = Mutex<[ErrorCode: Int]>([:])
  private let maintenance = Mutex(MaintenanceCounts())
  private let rates = Mutex(ActivityRates())

  /// From a batch's last byte to its place in the queue.
  public let acceptLatency = LatencyHistogram()
  /// From a batch's place in the queue to its settlement.
  public let commitLatency = LatencyHistogram()

  /// A process that did nothing yet.
  public init() {}

  /// The queue accepted a batch.
  public func batchAccepted(_ batch: IngestBatch) {
    acceptedBatches.wrappingAdd(1, ordering: .relaxed)
    acceptedEvents.wrappingAdd(batch.received, ordering: .relaxed)
    acceptedBytes.wrappingAdd(batch.byteCount, ordering: .relaxed)
  }

  /// A batch was settled, at `now`.
  public func batchSettled(_ batch: IngestBatch, _ outcome: BatchOutcome, at now: ContinuousClock.Instant) {
    switch outcome {
    case .committed(let counts):
      committedBatches.wrappingAdd(1, ordering: .relaxed)
      uniqueEvents.wrappingAdd(Int(counts.unique), ordering: .relaxed)
      duplicateEvents.wrappingAdd(Int(counts.duplicate), ordering: .relaxed)
      deadEvents.wrappingAdd(Int(counts.dead), ordering: .relaxed)
    case .replayed, .countsUnknown:
      replayedBatches.wrappingAdd(1, ordering: .relaxed)
    case .sequenceReused:
      refused(.sequenceReused)
    }
    commitLatency.record(now - batch.acceptedAt)
  }

  /// A socket delivered `count` bytes.
  public func bytesReceived(_ count: Int) {
    receivedBytes.wrappingAdd(count, ordering: .relaxed)
  }

  /// A group failed and is run again.
  public func groupRetried() {
    groupRetries.wrappingAdd(1, ordering: .relaxed)
  }

  /// A round of maintenance ended.
  public func maintained(_ counts: MaintenanceCounts) {
    maintenance.withLock { $0 += counts }
  }

  /// A connection was accepted.
  public func connectionOpened() {
    openedConnections.wrappingAdd(1, ordering: .relaxed)
  }

  /// A connection that was accepted is gone.
  public func connectionClosed() {
    closedConnections.wrappingAdd(1, ordering: .releasing)
  }

  /// A connection or batch was refused with `code`.
  public func refused(_ code: ErrorCode) {
    refusals.withLock { $0[code, default: 0] += 1 }
  }

  /// The counters now.
  public func snapshot() -> ActivitySnapshot {
    var snapshot = ActivitySnapshot()
    snapshot.acceptedBatches = acceptedBatches.load(ordering: .relaxed)
    snapshot.acceptedEvents = acceptedEvents.load(ordering: .relaxed)
    snapshot.acceptedBytes = acceptedBytes.load(ordering: .relaxed)
    snapshot.committedBatches = committedBatches.load(ordering: .relaxed)
    snapshot.uniqueEvents = uniqueEvents.load(ordering: .relaxed)
    snapshot.duplicateEvents = duplicateEvents.load(ordering: .relaxed)
    snapshot.deadEvents = deadEvents.load(ordering: .relaxed)
    snapshot.replayedBatches = replayedBatches.load(ordering: .relaxed)
    snapshot.receivedBytes = receivedBytes.load(ordering: .relaxed)
    snapshot.groupRetries = groupRetries.load(ordering: .relaxed)
    // Closed first: a connection that comes and goes meanwhile then counts as open, never as -1.
    let closed = closedConnections.load(ordering: .acquiring)
    snapshot.openedConnections = openedConnections.load(ordering: .relaxed)
    snapshot.connections = snapshot.openedConnections - closed
    snapshot.maintenance = maintenance.withLock { $0 }
    snapshot.refusals = refusals.withLock { $0 }
    return snapshot
  }

  /// Takes a sample for the rates; to be called about once a second.
  public func tick(at now: ContinuousClock.Instant) {
    let counters = snapshot()
    rates.withLock {
      $0.tick(at: now, accepted: counters.acceptedEvents, committed: counters.committedEvents)
    }
  }

  /// The rate over the last `seconds` (1 to 60) up to the newest sample.
  public func rate(overSeconds seconds: Int) -> ActivityRate {
    rates.withLock { $0.rate(overSeconds: seconds) }
  }
}
