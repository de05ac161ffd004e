internal import Base
import Dispatch
import Synchronization
public import WireProtocol

/// The bounded queue between connections and writers.
///
/// It holds each accepted batch until the batch is settled, and never drops one. The rules are in
/// `QueueContents`; this class adds the lock, sleeping writers, and calls to observers, all of which are made
/// after the lock is released.
public final class BatchQueue: Sendable {
  private struct State {
    var contents: QueueContents
    var writers = IdleWriters()
    var spaceCallbacks: [@Sendable () -> Void] = []
    var shareCallbacks: [ProducerID: [ShareCallback]] = [:]
    var emptyCallbacks: [@Sendable () -> Void] = []
  }

  private struct ShareCallback {
    let bytes: Int
    let resume: @Sendable () -> Void
  }

  private enum TakeStep {
    case take([IngestBatch], wake: DispatchSemaphore?)
    case gather
    case park(wake: DispatchSemaphore?)
    case end
  }

  private let state: Mutex<State>

  /// Creates an empty queue.
  public init(limits: QueueLimits) {
    state = Mutex(State(contents: QueueContents(limits: limits)))
  }

  /// The unsettled batches, including those that writers have taken.
  public var depth: QueueDepth { state.withLock { $0.contents.depth } }

  /// Events of the unsettled batches.
  public var unsettledEvents: Int { state.withLock { $0.contents.eventCount } }

  /// The progress of the queue, for `IngestHealth`.
  public var progress: QueueProgress {
    state.withLock { QueueProgress(oldest: $0.contents.oldest, settled: $0.contents.settledCount) }
  }

  /// Returns the unsettled batches of those `producers` that have any. Takes time linear in all batches.
  public func unsettled(of producers: Set<ProducerID>) -> [ProducerID: QueueDepth] {
    state.withLock { $0.contents.unsettled(of: producers) }
  }

  /// Writers of a share that wait in `takeGroup`. The others of them are busy.
  public func idleWriters(of share: WriterShare) -> Int {
    state.withLock { share == .all ? $0.writers.count : $0.writers.countForLight }
  }

  /// Accepted batches that would be lost if the process ended now, for the report of a drain that exceeded
  /// its time.
  public var abandonedCount: Int { depth.batches }

  /// Offers a validated batch. Never blocks for longer than a short lock.
  ///
  /// The observer is kept until the batch is settled, and then called once. If the queue already holds the
  /// same batch for an older session of its producer, the observer of that session is told on this thread
  /// that it is superseded.
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

  /// Calls `resume` once when the offer of `batch`, which was refused as `full`, should be repeated, or when
  /// the queue is closed.
  ///
  /// `resume` runs on a writer's thread, or on this one before `whenSpace` returns if there is room already.
  /// It must return at once.
  public func whenSpace(for batch: IngestBatch, _ resume: @escaping @Sendable () -> Void) {
    whenShare(batch.byteCount, of: batch.key.producer) { [self] in
      let hasSpace = state.withLock { state in
        if state.contents.takeRoom() { return true }
        state.spaceCallbacks.append(resume)
        return false
      }
      if hasSpace { resume() }
    }
  }

  /// Whether the producer's share of the queue has room for `bytes` more raw bytes. The queue may be full of
  /// other producers' batches anyway.
  public func hasShare(_ bytes: Int, of producer: ProducerID) -> Bool {
    state.withLock { $0.contents.hasShare(bytes, of: producer) }
  }

  /// Calls `resume` once when the producer's share has room for `bytes` more raw bytes, under the rules of
  /// `whenSpace`.
  public func whenShare(_ bytes: Int, of producer: ProducerID, _ resume: @escaping @Sendable () -> Void) {
    let hasShare = state.withLock { state in
      if state.contents.hasShare(bytes, of: producer) { return true }
      // The producer has a batch in the queue, whose settlement calls back.
      state.shareCallbacks[producer, default: []].append(ShareCallback(bytes: bytes, resume: resume))
      return false
    }
    if hasShare { resume() }
  }

  /// The result of `takeGroup(_:within:)`.
  public enum Taken: Sendable {
    /// Batches for one transaction, at least one. Each must be settled.
    case group([IngestBatch])
    /// The timeout has passed without a batch.
    case nothing
    /// The queue is closed and no batch waits.
    case closed
  }

  /// Waits for batches and takes as many as fit into one group; at least one. Batches of one producer are in
  /// the order of their arrival, and producers have equal shares (`FairBatchQueue`).
  ///
  /// A group that is not full waits up to `limits.delay` for more batches while another writer is busy: the
  /// database has work then, and fewer, larger transactions cost less. If all other writers are idle, the
  /// group is returned at once, so that a single batch is not delayed. A producer that awaits an answer
  /// (`isAwaited`) sends nothing meanwhile, so its batch waits only until the other writers are idle. Each
  /// batch that is taken must be settled.
  /// - Returns: nil when the queue is closed and no batch waits.
  public func takeGroup(_ limits: GroupLimits) -> [IngestBatch]? {
    guard case .group(let batches) = takeGroup(limits, within: nil) else { return nil }
    return batches
  }

  /// Does the same as `takeGroup(_:)`, but waits at most `timeout` for the first batch; nil waits without a
  /// bound.
  ///
  /// A writer of the share `light` waits until a light producer has a batch while the database works for a heavy
  /// one. Then it takes batches of light producers at once, so that they do not wait for large transactions.
  public func takeGroup(_ limits: GroupLimits, of share: WriterShare = .all, within timeout: Duration?)
    -> Taken
  {
    let deadline = timeout.map { DispatchTime.now() + DispatchTimeInterval($0) } ?? .distantFuture
    var hasGathered = false
    while true {
      // A new semaphore for each wait: a reused one could hold a stale extra signal.
      let semaphore = DispatchSemaphore(value: 0)
      switch nextStep(for: semaphore, limits, share, hasGathered: hasGathered) {
      case .take(let group, let next):
        next?.signal()
        return .group(group)
      case .gather:
        _ = semaphore.wait(timeout: .now() + DispatchTimeInterval(limits.delay))
        hasGathered = true
      case .park(let next):
        next?.signal()
        if semaphore.wait(timeout: deadline) == .timedOut {
          // If the writer is no longer idle here, it was woken for a batch at the same moment.
          let isParked = state.withLock { $0.writers.unpark(semaphore) }
          if isParked { return .nothing }
        }
        hasGathered = false
      case .end:
        return .closed
      }
    }
  }

  /// Ends a taken batch: removes it and calls its observers. Must be called exactly once for each batch.
  /// - Parameter incarnation: The incarnation of the store that decided the outcome.
  public func settle(_ batch: IngestBatch, _ outcome: BatchOutcome, by incarnation: StoreIncarnation) {
    let (observers, callbacks) = state.withLock { state in
      let observers = state.contents.settle(batch)
      return (observers, Self.takeCallbacks(from: &state, settled: CollectionOfOne(batch.key.producer)))
    }
    for observer in observers.all { observer.batchSettled(batch.key, outcome, by: incarnation) }
    for callback in callbacks { callback() }
  }

  /// Gives up those taken batches of `group` that only connections of another incarnation of the store wait
  /// for. Their producers still have these batches and must send HELLO first: once the new database stores a
  /// later batch of a producer, WELCOME could no longer show that the earlier ones are missing.
  /// - Returns: the keys of the batches that were given up.
  public func discard(from group: [IngestBatch], unlessOf incarnation: StoreIncarnation) -> Set<BatchKey> {
    let (given, callbacks) = state.withLock { state in
      let given = group.compactMap { batch in
        state.contents.discard(batch, unlessOf: incarnation).map { (key: batch.key, observers: $0) }
      }
      guard !given.isEmpty else { return (given, [] as [@Sendable () -> Void]) }
      return (given, Self.takeCallbacks(from: &state, settled: Set(given.map(\.key.producer))))
    }
    for (key, observers) in given {
      for observer in observers.all { observer.batchSettled(key, .countsUnknown, by: incarnation) }
    }
    for callback in callbacks { callback() }
    return Set(given.map(\.key))
  }

  /// Tells the observers of batches of `group` from older sessions of `producer` that `session` is newer. The
  /// batches are committed anyway.
  /// - Parameter incarnation: The incarnation of the store that gave `session`.
  public func supersede(
    _ producer: ProducerID, by session: Int64, of incarnation: StoreIncarnation, in group: [IngestBatch]
  ) {
    let observers = state.withLock {
      $0.contents.observers(of: producer, olderThan: session, of: incarnation, in: group)
    }
    for observer in observers { observer.sessionSuperseded(producer, by: session) }
  }

  /// Refuses further offers, except of batches that the queue holds. Waiting batches can still be taken;
  /// after them `takeGroup` returns nil. All callbacks that wait for space are called.
  public func close() {
    let (writers, callbacks) = state.withLock { state in
      state.contents.close()
      return (state.writers.takeAll(), Self.takeCallbacks(from: &state))
    }
    for writer in writers { writer.signal() }
    for callback in callbacks { callback() }
  }

  /// Calls `resume` once when every accepted batch is settled: after `close`, the queue is drained then.
  /// `resume` runs on a writer's thread, or on this one if the queue is already empty.
  public func whenEmpty(_ resume: @escaping @Sendable () -> Void) {
    let isEmpty = state.withLock { state in
      if state.contents.isEmpty { return true }
      state.emptyCallbacks.append(resume)
      return false
    }
    if isEmpty { resume() }
  }

  private func nextStep(
    for semaphore: DispatchSemaphore, _ limits: GroupLimits, _ share: WriterShare, hasGathered: Bool
  ) -> TakeStep {
    state.withLock { state in
      if hasGathered { state.writers.endGathering() }
      guard state.contents.hasWork(for: share) else {
        if state.contents.isClosed { return .end }
        state.writers.park(semaphore, for: share)
        // A writer for light producers is woken while a producer is heavy. When the heavy producer's last batch is
        // settled before that writer runs, any writer may take the light batch, so another one is woken.
        return .park(wake: state.writers.next(for: state.contents))
      }
      let goesNow =
        hasGathered || state.contents.isClosed || state.contents.waiting.fills(limits)
        || state.contents.waiting.hasLightBesideHeavy || state.contents.waitIsPointless
      if !goesNow, state.writers.isGathering {
        state.writers.park(semaphore, for: share)
        return .park(wake: nil)
      }
      if !goesNow, state.contents.takenCount > 0, limits.delay > .zero {
        state.writers.gather(semaphore, until: limits)
        return .gather
      }
      let group = state.contents.takeGroup(limits, of: share)
      return .take(group, wake: state.writers.next(for: state.contents))
    }
  }

  /// - Parameter producers: The producers of the settled batches; none when the queue was closed.
  private static func takeCallbacks(
    from state: inout State, settled producers: some Sequence<ProducerID> = EmptyCollection()
  ) -> [@Sendable () -> Void] {
    var callbacks: [@Sendable () -> Void] = []
    if state.contents.isClosed {
      callbacks += state.shareCallbacks.values.flatMap { $0.map(\.resume) }
      state.shareCallbacks = [:]
    } else {
      for producer in producers { callbacks += takeShareCallbacks(of: producer, from: &state) }
    }
    if !state.spaceCallbacks.isEmpty, state.contents.takeRoom() {
      callbacks += state.spaceCallbacks
      state.spaceCallbacks = []
    }
    if state.contents.isEmpty, !state.emptyCallbacks.isEmpty {
      callbacks += state.emptyCallbacks
      state.emptyCallbacks = []
    }
    return callbacks
  }

  private static func takeShareCallbacks(
    of producer: ProducerID, from state: inout State
  ) -> [@Sendable () -> Void] {
    guard let waiting = state.shareCallbacks[producer] else { return [] }
    let contents = state.contents
    let ready = waiting.filter { contents.hasShare($0.bytes, of: producer) }
    guard !ready.isEmpty else { return [] }
    // Callbacks keep their order, so that connections of one producer have their turns.
    let rest = waiting.filter { !contents.hasShare($0.bytes, of: producer) }
    state.shareCallbacks[producer] = rest.isEmpty ? nil : rest
    return ready.map(\.resume)
  }
}
