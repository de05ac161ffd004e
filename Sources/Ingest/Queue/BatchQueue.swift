import Dispatch
import Synchronization
public import WireProtocol

/// The bounded queue between those who receive batches and the writers.
///
/// It holds a batch from the moment it is accepted until it is settled, and never drops one. What it
/// decides is in `QueueContents`; this adds the lock, sleeping writers and calls to the outside, all of
/// which are made after the lock is released.
public final class BatchQueue: Sendable {
  private struct State {
    var contents: QueueContents
    var writers = WriterLine()
    var spaceCallbacks: [@Sendable () -> Void] = []
    var emptyCallbacks: [@Sendable () -> Void] = []
  }

  private enum TakeStep {
    case take([IngestBatch], wake: DispatchSemaphore?)
    case gather
    case park
    case end
  }

  private let state: Mutex<State>

  /// An empty queue.
  public init(limits: QueueLimits) {
    state = Mutex(State(contents: QueueContents(limits: limits)))
  }

  /// How much it holds, taken batches included, until they are settled.
  public var depth: QueueDepth { state.withLock { $0.contents.depth } }

  /// When the oldest unsettled batch was accepted; nil when all are settled.
  public var oldest: ContinuousClock.Instant? { state.withLock { $0.contents.oldest } }

  /// What it holds of each of `producers` that has anything unsettled. Looks at all batches.
  public func unsettled(of producers: Set<ProducerID>) -> [ProducerID: QueueDepth] {
    state.withLock { $0.contents.unsettled(of: producers) }
  }

  /// Writers that wait in `takeGroup`; the others are at work on what they took.
  public var idleWriters: Int { state.withLock { $0.writers.count } }

  /// Accepted batches that would be lost with this process: the number to report when a drain ran
  /// out of time.
  public var abandonedCount: Int { depth.batches }

  /// Offers a validated batch. Never blocks for longer than a short lock.
  ///
  /// The observer is kept until the batch is settled, and then told once. When the same batch is held
  /// already, for an older session of its producer, that session's observer is told on this thread that
  /// it is superseded.
  public func offer(_ batch: IngestBatch, observer: any SettlementObserver) -> Offer {
    let (offer, superseded, writer) = state.withLock { state in
      let (offer, superseded) = state.contents.offer(batch, observer: observer)
      guard case .accepted = offer else { return (offer, superseded, nil as DispatchSemaphore?) }
      return (offer, nil, state.writers.next(for: state.contents))
    }
    writer?.signal()
    if let superseded {
      superseded.observer.sessionSuperseded(batch.key.producer, by: superseded.by)
    }
    return offer
  }

  /// Calls `resume` once when an offer that was refused as `full` is worth repeating, or the queue
  /// was closed.
  ///
  /// It is called on a writer's thread, or on this one before `whenSpace` returns if there is room
  /// already; it must return at once.
  public func whenSpace(_ resume: @escaping @Sendable () -> Void) {
    let hasSpace = state.withLock { state in
      if state.contents.takeRoom() { return true }
      state.spaceCallbacks.append(resume)
      return false
    }
    if hasSpace { resume() }
  }

  /// Waits for batches and takes as many, in order of arrival, as fit one group; at least one.
  ///
  /// A group that is not full waits up to `limits.delay` for more while another writer is busy: the
  /// database has work already, and fewer, larger transactions cost less. With all others idle it
  /// goes at once, so that a lone batch is not late. A producer that awaits an answer (`isAwaited`) would
  /// send nothing more meanwhile: for its batch the wait ends when the others are done. Each batch taken
  /// must be settled.
  /// - Returns: nil when the queue is closed and nothing waits.
  public func takeGroup(_ limits: GroupLimits) -> [IngestBatch]? {
    var hasGathered = false
    while true {
      // A fresh one each time: an old one may be signalled once more than it was waited for.
      let semaphore = DispatchSemaphore(value: 0)
      switch nextStep(for: semaphore, limits, hasGathered: hasGathered) {
      case .take(let group, let next):
        next?.signal()
        return group
      case .gather:
        _ = semaphore.wait(timeout: .now() + DispatchTimeInterval(limits.delay))
        hasGathered = true
      case .park:
        semaphore.wait()
        hasGathered = false
      case .end:
        return nil
      }
    }
  }

  /// Ends a taken batch: it leaves the queue, and its observers are told. Exactly once for each.
  public func settle(_ batch: IngestBatch, _ outcome: BatchOutcome) {
    let (observers, callbacks) = state.withLock { state in
      let observers = state.contents.settle(batch)
      return (observers, Self.takeCallbacks(from: &state))
    }
    for observer in observers.all { observer.batchSettled(batch.key, outcome) }
    for callback in callbacks { callback() }
  }

  /// Tells those who sent batches of `group` in an older session of `producer` that `session` is newer.
  /// The batches commit all the same.
  public func supersede(_ producer: ProducerID, by session: Int64, in group: [IngestBatch]) {
    let observers = state.withLock {
      $0.contents.observers(of: producer, olderThan: session, in: group)
    }
    for observer in observers { observer.sessionSuperseded(producer, by: session) }
  }

  /// Refuses further offers, except to join a batch that is held. What waits is still taken;
  /// after that `takeGroup` returns nil. Everybody who waits for space is called.
  public func close() {
    let (writers, callbacks) = state.withLock { state in
      state.contents.close()
      return (state.writers.takeAll(), Self.takeCallbacks(from: &state))
    }
    for writer in writers { writer.signal() }
    for callback in callbacks { callback() }
  }

  /// Calls `resume` once when every accepted batch is settled: after `close`, the queue is drained.
  /// On a writer's thread, or on this one when it is empty already.
  public func whenEmpty(_ resume: @escaping @Sendable () -> Void) {
    let isEmpty = state.withLock { state in
      if state.contents.isEmpty { return true }
      state.emptyCallbacks.append(resume)
      return false
    }
    if isEmpty { resume() }
  }

  private func nextStep(
    for semaphore: DispatchSemaphore, _ limits: GroupLimits, hasGathered: Bool
  ) -> TakeStep {
    state.withLock { state in
      if hasGathered { state.writers.endGathering() }
      guard !state.contents.waiting.isEmpty else {
        if state.contents.isClosed { return .end }
        state.writers.park(semaphore)
        return .park
      }
      let goesNow =
        hasGathered || state.contents.isClosed || state.contents.waiting.fills(limits)
        || state.contents.waitsInVain
      if !goesNow, state.writers.isGathering {
        state.writers.park(semaphore)
        return .park
      }
      if !goesNow, state.contents.takenCount > 0, limits.delay > .zero {
        state.writers.gather(semaphore, until: limits)
        return .gather
      }
      let group = state.contents.takeGroup(limits)
      return .take(group, wake: state.writers.next(for: state.contents))
    }
  }

  private static func takeCallbacks(from state: inout State) -> [@Sendable () -> Void] {
    var callbacks: [@Sendable () -> Void] = []
    if !state.spaceCallbacks.isEmpty, state.contents.takeRoom() {
      swap(&callbacks, &state.spaceCallbacks)
    }
    if state.contents.isEmpty, !state.emptyCallbacks.isEmpty {
      callbacks += state.emptyCallbacks
      state.emptyCallbacks = []
    }
    return callbacks
  }
}

extension DispatchTimeInterval {
  /// `duration` in whole nanoseconds; more than 292 years count as for ever.
  fileprivate init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    self = overflow || carried ? .never : .nanoseconds(Int(sum))
  }
}
