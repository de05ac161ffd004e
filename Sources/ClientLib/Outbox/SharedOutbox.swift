import Synchronization
import WireProtocol

/// The outbox behind a lock, shared by publishers and the connection, with the batches that wait for room
/// in order of arrival.
///
/// The lock is held for moments. Promises are fulfilled after it is released.
final class SharedOutbox: Sendable {
  /// A batch that waits for room.
  fileprivate struct Waiter: Sendable {
    let encoded: EncodedBatch
    let promise: BatchPromise
    let expiry: Expiry?
    let admitted: Promise<Result<Void, ProducerError>>

    var unsettled: UnsettledBatch {
      UnsettledBatch(sequence: nil, events: encoded.events, wasAccepted: false)
    }
  }

  fileprivate struct State: Sendable {
    var outbox: Outbox
    var waiting: [Waiter] = []
    var statistics = Producer.Statistics()
    /// Why the producer ended; nil while it lives.
    var end: ProducerError?
    /// Work of the spool's writer that was left at the end.
    var lastWork: SpoolLog.Work?
  }

  /// Result of offering a batch.
  enum Admission {
    /// The outbox has the batch.
    case taken
    /// The batch waits for room. The promise is fulfilled when the outbox takes it.
    case waiting(Promise<Result<Void, ProducerError>>)
  }

  /// Fulfilled with the reason when the producer ends.
  let ended = Promise<ProducerError>()
  private let state: Mutex<State>
  private let spool: SpoolWriter?

  /// - Parameter spool: woken when there may be records to write.
  init(_ outbox: Outbox, spool: SpoolWriter? = nil) {
    state = Mutex(State(outbox: outbox))
    self.spool = spool
    let recovered = outbox.promises.count
    state.withLock { $0.statistics.recovered = recovered }
  }

  convenience init(producer: ProducerID, capacity: Outbox.Capacity) {
    self.init(Outbox(producer: producer, capacity: capacity))
  }

  /// Whether `BatchPromise.spooled` is fulfilled before a batch is accepted.
  var hasSpool: Bool { spool != nil }

  var statistics: Producer.Statistics { state.withLock(\.statistics) }

  /// The present identity.
  var producer: ProducerID { state.withLock(\.outbox.producer) }

  /// Terms of the last WELCOME; nil before the first.
  var terms: Outbox.Terms? { state.withLock(\.outbox.terms) }

  /// Promises of all unsettled batches, including those that wait for room.
  var unsettledPromises: [BatchPromise] {
    state.withLock { $0.outbox.promises + $0.waiting.map(\.promise) }
  }

  /// Offers a batch.
  /// - Parameter whenFull: what to do when there is no room.
  /// - Throws: `outboxFull`, the server's limit that the batch exceeds, or the error that ended the
  ///   producer.
  func offer(
    _ encoded: EncodedBatch, _ promise: BatchPromise, expiry: Expiry? = nil,
    whenFull: Producer.Configuration.WhenFull
  ) throws(ProducerError) -> Admission {
    let (result, dropped) = state.withLock { state -> (Result<Admission, ProducerError>, [Settlement]) in
      if let end = state.end { return (.failure(end), []) }
      if let error = state.outbox.terms?.refusal(of: encoded) { return (.failure(error), []) }
      let dropped = whenFull == .dropOldest ? state.makeRoom(for: encoded.bytes.count) : []
      if state.waiting.isEmpty, state.outbox.hasRoom(for: encoded.bytes.count) {
        state.take(encoded, promise, expiry)
        return (.success(.taken), dropped)
      }
      // Dropping makes room for every batch, except on a full disk, where nothing can be dropped.
      guard whenFull == .wait || whenFull == .dropOldest && !state.outbox.isDiskFull else {
        return (.failure(state.outbox.fullError), dropped)
      }
      let admitted = Promise<Result<Void, ProducerError>>()
      state.waiting.append(Waiter(encoded: encoded, promise: promise, expiry: expiry, admitted: admitted))
      return (.success(.waiting(admitted)), dropped)
    }
    for settlement in dropped { settlement.tell() }
    spool?.wake()
    return try result.get()
  }

  /// Stops waiting for room. False when the outbox took the batch meanwhile.
  func withdraw(_ promise: BatchPromise) -> Bool {
    state.withLock { state in
      guard let place = state.waiting.firstIndex(where: { $0.promise === promise }) else { return false }
      state.waiting.remove(at: place)
      return true
    }
  }

  /// Gives `body` access to the outbox, then admits batches that wait for room.
  func withOutbox<Result: Sendable>(_ body: (inout Outbox, inout Producer.Statistics) -> Result) -> Result {
    let (result, admitted) = state.withLock { state in
      let result = body(&state.outbox, &state.statistics)
      return (result, state.admitWaiting())
    }
    for promise in admitted { promise.fulfil(.success(())) }
    spool?.wake()
    return result
  }

  /// Returns the next work of the spool's writer; nil when nothing has to be written.
  /// - Parameter isRetry: whether to try again although the disk was full.
  func takeSpoolWork(isRetry: Bool = false) -> SpoolLog.Work? {
    let (work, admitted) = state.withLock {
      state -> (SpoolLog.Work?, [Promise<Result<Void, ProducerError>>]) in
      if let last = state.lastWork.take() { return (last, []) }
      let work = state.outbox.takeSpoolWork(isRetry: isRetry)
      // With nothing to write, only a batch that waits for room can show whether the disk has space again.
      guard isRetry, work == nil else { return (work, []) }
      let admitted = state.admitWaiting()
      return (state.outbox.takeSpoolWork(), admitted)
    }
    for promise in admitted { promise.fulfil(.success(())) }
    return work
  }

  /// Records that the spool has everything up to `position`.
  func spooled(through position: SpoolLog.Position) {
    let (promises, admitted) = state.withLock { state in
      let wasFull = state.outbox.isDiskFull
      return (state.outbox.spooled(through: position), wasFull ? state.admitWaiting() : [])
    }
    for promise in promises { promise.spooled.fulfil(.success(())) }
    for promise in admitted { promise.fulfil(.success(())) }
  }

  /// Records that the spool's disk had no space for the command after the first `done` of `work`.
  func ranOut(_ work: SpoolLog.Work, done: Int, whenFull: Producer.Configuration.WhenFull) {
    let (spooled, givenUp) = state.withLock { state in
      let outcome = state.outbox.ranOut(work, done: done, whenFull: whenFull)
      state.statistics.dropped += outcome.givenUp.count { $0.isFailure }
      return outcome
    }
    for promise in spooled { promise.spooled.fulfil(.success(())) }
    for settlement in givenUp { settlement.tell() }
  }

  /// Why the producer ended; nil while it lives.
  var end: ProducerError? { state.withLock(\.end) }

  /// Ends the producer. All unsettled batches fail with `error`, which lists them, and are removed.
  /// - Returns: the error that the producer ended with, which is an earlier one if it had ended.
  @discardableResult
  func end(_ error: ProducerError) -> ProducerError {
    let (end, listed, promises, waiting) = state.withLock { state in
      if let end = state.end { return (end, [Settlement](), [BatchPromise](), [Waiter]()) }
      let listed = state.outbox.removeListed()
      let end = error.listing(state.outbox.unsettled + state.waiting.map(\.unsettled))
      state.end = end
      defer {
        state.waiting = []
        state.lastWork = state.outbox.removeAll()
      }
      return (end, listed, state.outbox.promises, state.waiting)
    }
    ended.fulfil(end)
    spool?.close()
    for settlement in listed { settlement.tell() }
    for promise in promises { promise.settle(.failure(end)) }
    for waiter in waiting {
      waiter.promise.settle(.failure(end))
      waiter.admitted.fulfil(.failure(end))
    }
    return end
  }
}

extension SharedOutbox.State {
  fileprivate mutating func take(_ encoded: EncodedBatch, _ promise: BatchPromise, _ expiry: Expiry?) {
    outbox.add(encoded, promise, expiry: expiry)
    statistics.batches += 1
    statistics.events += encoded.events
    statistics.rawBytes += encoded.rawLength
  }

  /// Drops the oldest batches until a batch of `bytes` bytes has room.
  fileprivate mutating func makeRoom(for bytes: Int) -> [Settlement] {
    var dropped: [Settlement] = []
    while !outbox.isDiskFull, !outbox.hasRoom(for: bytes), let settlement = outbox.dropOldest(for: bytes) {
      dropped.append(settlement)
    }
    statistics.dropped += dropped.count { $0.isFailure }
    return dropped
  }

  fileprivate mutating func admitWaiting() -> [Promise<Result<Void, ProducerError>>] {
    var admitted: [Promise<Result<Void, ProducerError>>] = []
    while let first = waiting.first, outbox.hasRoom(for: first.encoded.bytes.count) {
      take(first.encoded, first.promise, first.expiry)
      admitted.append(first.admitted)
      waiting.removeFirst()
    }
    return admitted
  }
}

extension Outbox {
  fileprivate var fullError: ProducerError {
    if isDiskFull {
      return ProducerError(
        .outboxFull, "the disk of the spool is full; make space, and publish the batch again",
        isRetryable: true)
    }
    return ProducerError(
      .outboxFull,
      "the outbox is full: \(promises.count) batches of \(heldBytes) bytes wait for the server; "
        + "try again later",
      isRetryable: true)
  }
}
