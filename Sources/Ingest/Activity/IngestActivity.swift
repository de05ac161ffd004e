import Synchronization
public import WireProtocol

/// The counters of ingest in this process, written by connections and writers, read by `/stats` and
/// `/metrics`.
///
/// The counters are kept here and not in the connections, because a sum over connections would fall when one
/// closes. A call costs a few relaxed atomic additions; it is made per batch or less often, never per event.
public final class IngestActivity: Sendable {
  private let acceptedBatches = Atomic<Int>(0)
  private let acceptedEvents = Atomic<Int>(0)
  private let acceptedBytes = Atomic<Int>(0)
  private let committedBatches = Atomic<Int>(0)
  private let uniqueEvents = Atomic<Int>(0)
  private let duplicateEvents = Atomic<Int>(0)
  private let deadEvents = Atomic<Int>(0)
  private let conflicts = Atomic<Int>(0)
  private let republishedEvents = Atomic<Int>(0)
  private let replayedBatches = Atomic<Int>(0)
  private let receivedBytes = Atomic<Int>(0)
  private let groupRetries = Atomic<Int>(0)
  private let creditDelays = Atomic<Int>(0)
  private let openedConnections = Atomic<Int>(0)
  private let closedConnections = Atomic<Int>(0)
  private let committedGroups = Mutex<[StrategyName: Int]>([:])
  private let inputs = Dictionary(uniqueKeysWithValues: InputName.allCases.map { ($0, InputCounters()) })
  private let refusals = Mutex<[ErrorCode: Int]>([:])
  private let maintenance = Mutex(MaintenanceCounts())
  private let overdueSince = Mutex<ContinuousClock.Instant?>(nil)
  private let rates = Mutex(ActivityRates())

  /// Time from a batch's last byte to its place in the queue.
  public let acceptLatency = LatencyHistogram()
  /// Time from a batch's place in the queue to its settlement.
  public let commitLatency = LatencyHistogram()
  /// The stored events by topic, for the history.
  public let topics = TopicActivity()

  /// Creates counters of zero.
  public init() {}

  /// Counts a batch that the queue accepted.
  public func batchAccepted(_ batch: IngestBatch) {
    acceptedBatches.wrappingAdd(1, ordering: .relaxed)
    acceptedEvents.wrappingAdd(batch.received, ordering: .relaxed)
    acceptedBytes.wrappingAdd(batch.byteCount, ordering: .relaxed)
    inputs[batch.input]?.batchAccepted(events: batch.received)
  }

  /// Counts a batch that was settled at `now`.
  public func batchSettled(_ batch: IngestBatch, _ outcome: BatchOutcome, at now: ContinuousClock.Instant) {
    switch outcome {
    case .committed(let counts):
      committedBatches.wrappingAdd(1, ordering: .relaxed)
      uniqueEvents.wrappingAdd(Int(counts.unique), ordering: .relaxed)
      duplicateEvents.wrappingAdd(Int(counts.duplicate), ordering: .relaxed)
      deadEvents.wrappingAdd(Int(counts.dead), ordering: .relaxed)
      inputs[batch.input]?.batchCommitted(counts)
    case .replayed, .countsUnknown:
      replayedBatches.wrappingAdd(1, ordering: .relaxed)
    case .sequenceReused:
      refused(.sequenceReused)
    }
    commitLatency.record(now - batch.acceptedAt)
  }

  /// Counts the conflicts of a group that was committed.
  public func conflictsFound(_ count: Int) {
    conflicts.wrappingAdd(count, ordering: .relaxed)
  }

  /// Counts a dead event that was published again.
  public func eventRepublished() {
    republishedEvents.wrappingAdd(1, ordering: .relaxed)
  }

  /// Counts bytes that a socket received.
  public func bytesReceived(_ count: Int) {
    receivedBytes.wrappingAdd(count, ordering: .relaxed)
  }

  /// Counts a group that was committed by `strategy`.
  public func groupCommitted(by strategy: StrategyName) {
    committedGroups.withLock { $0[strategy, default: 0] += 1 }
  }

  /// Counts a group that failed and is repeated.
  public func groupRetried() {
    groupRetries.wrappingAdd(1, ordering: .relaxed)
  }

  /// Counts a connection that gets no credit, or a request that waits, because a quota is used up.
  public func creditDelayed() {
    creditDelays.wrappingAdd(1, ordering: .relaxed)
  }

  /// Adds the counts of a round of maintenance.
  public func maintained(_ counts: MaintenanceCounts) {
    maintenance.withLock { $0 += counts }
  }

  /// Sets the time since which the oldest event that retention found is overdue; nil when none is left.
  public func retentionIsOverdue(since: ContinuousClock.Instant?) {
    overdueSince.withLock { $0 = since }
  }

  /// Counts a connection that was accepted.
  public func connectionOpened() {
    openedConnections.wrappingAdd(1, ordering: .relaxed)
  }

  /// Counts a connection that was accepted before and is closed now.
  public func connectionClosed() {
    closedConnections.wrappingAdd(1, ordering: .releasing)
  }

  /// Counts a connection or batch that was refused with `code`.
  ///
  /// Codes that this version does not define are not counted: a peer can choose them, and each would add an
  /// entry here and a series to the metrics.
  public func refused(_ code: ErrorCode) {
    guard ErrorCode.all.contains(code) else { return }
    refusals.withLock { $0[code, default: 0] += 1 }
  }

  /// Returns the current counters.
  public func snapshot() -> ActivitySnapshot {
    var snapshot = ActivitySnapshot()
    snapshot.acceptedBatches = acceptedBatches.load(ordering: .relaxed)
    snapshot.acceptedEvents = acceptedEvents.load(ordering: .relaxed)
    snapshot.acceptedBytes = acceptedBytes.load(ordering: .relaxed)
    snapshot.committedBatches = committedBatches.load(ordering: .relaxed)
    snapshot.uniqueEvents = uniqueEvents.load(ordering: .relaxed)
    snapshot.duplicateEvents = duplicateEvents.load(ordering: .relaxed)
    snapshot.deadEvents = deadEvents.load(ordering: .relaxed)
    snapshot.conflicts = conflicts.load(ordering: .relaxed)
    snapshot.republishedEvents = republishedEvents.load(ordering: .relaxed)
    snapshot.replayedBatches = replayedBatches.load(ordering: .relaxed)
    snapshot.receivedBytes = receivedBytes.load(ordering: .relaxed)
    snapshot.groupRetries = groupRetries.load(ordering: .relaxed)
    snapshot.creditDelays = creditDelays.load(ordering: .relaxed)
    // `closed` is read first: a connection that opens and closes meanwhile counts as open instead of as -1.
    let closed = closedConnections.load(ordering: .acquiring)
    snapshot.openedConnections = openedConnections.load(ordering: .relaxed)
    snapshot.connections = snapshot.openedConnections - closed
    assert(snapshot.connections >= 0, "more connections closed than opened")
    snapshot.maintenance = maintenance.withLock { $0 }
    snapshot.overdueSince = overdueSince.withLock { $0 }
    snapshot.committedGroups = committedGroups.withLock { $0 }
    snapshot.inputs = inputs.mapValues { $0.snapshot() }
    snapshot.refusals = refusals.withLock { $0 }
    return snapshot
  }

  /// Returns a sample for the history, without the state of the queue, the writers and the store. Takes the longest
  /// times and the topics since the sample before, so the history alone calls it.
  public func historySample() -> HistorySample {
    var sample = HistorySample()
    sample.counters = snapshot()
    // The distributions are read before the longest times, which include all of their durations then.
    sample.accept = acceptLatency.snapshot()
    sample.commit = commitLatency.snapshot()
    sample.longestAccept = acceptLatency.takeLongest()
    sample.longestCommit = commitLatency.takeLongest()
    sample.topics = topics.take()
    sample.state.connections = Int32(clamping: sample.counters.connections)
    return sample
  }

  /// Takes a sample for the rates. To be called about once a second.
  public func tick(at now: ContinuousClock.Instant) {
    let counters = snapshot()
    rates.withLock {
      $0.tick(at: now, accepted: counters.acceptedEvents, committed: counters.committedEvents)
    }
  }

  /// Returns the average rate of the last `seconds` (1 to 60) before the newest sample.
  public func rate(overSeconds seconds: Int) -> ActivityRate {
    rates.withLock { $0.rate(overSeconds: seconds) }
  }
}
