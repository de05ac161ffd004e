import Synchronization
import WireProtocol

/// Gathers single events into batches. A batch is sent when it is full, or `linger` after its first event.
final class Batcher: Sendable {
  /// A batch that takes no more events.
  private struct Sealed {
    let columns: [UInt8]
    let events: Int
    let promise: BatchPromise
  }

  private struct State {
    var limits = BatchLimits.standard
    var builder = EventColumnsBuilder()
    /// Promise of the open batch; nil when no batch is open.
    var promise: BatchPromise?
    /// Whether no further event is taken.
    var isClosed = false
    /// Admission of a full batch that waits for room in the outbox.
    var overflow: Promise<Result<Void, ProducerError>>?

    /// Replaces an empty builder when the server's limits changed.
    private mutating func adopt(_ present: BatchLimits) {
      guard limits != present else { return }
      limits = present
      builder = EventColumnsBuilder(limits: present)
    }

    mutating func append(_ event: Event, limits: () -> BatchLimits) throws(EventRefusal) -> Addition {
      let isFirst = promise == nil
      if isFirst { adopt(limits()) }
      let fits = try builder.append(
        topic: event.topic, source: event.source, id: event.id, timestamp: event.timestamp.microseconds,
        payload: event.payload)
      guard fits else {
        guard let sealed = seal() else {
          preconditionFailure("an empty builder takes an event or refuses it")
        }
        return .full(sealed)
      }
      let promise = self.promise ?? BatchPromise()
      self.promise = promise
      return .added(promise, isFirst: isFirst)
    }

    /// Closes the open batch; nil when no batch is open.
    mutating func seal() -> Sealed? {
      guard let promise else { return nil }
      self.promise = nil
      let events = builder.count
      return Sealed(columns: builder.finish(), events: events, promise: promise)
    }
  }

  private enum Addition {
    case added(BatchPromise, isFirst: Bool)
    case full(Sealed)
    case refused(ProducerError)
  }

  private let pipeline: PublishPipeline
  private let linger: Duration
  private let whenFull: Producer.Configuration.WhenFull
  private let state = Mutex(State())

  init(_ pipeline: PublishPipeline, linger: Duration, whenFull: Producer.Configuration.WhenFull) {
    self.pipeline = pipeline
    self.linger = linger
    self.whenFull = whenFull
  }

  /// Adds an event to the open batch. Waits while a full batch waits for room in the outbox.
  func add(_ event: Event) async throws(ProducerError) -> BatchPromise {
    while true {
      try await waitForRoom()
      switch append(event) {
      case .added(let promise, let isFirst):
        if isFirst {
          promise.observe(pipeline.observers.begin())
          startLinger(promise)
        }
        return promise
      case .full(let sealed):
        post(sealed)
      case .refused(let error):
        throw error
      }
    }
  }

  /// Sends the open batch, after a full one that waits for room.
  func flush() async {
    _ = await overflow?.value()
    if let sealed = state.withLock({ $0.seal() }) { post(sealed) }
  }

  /// Sends the open batch and takes no further event. Both happen in one step, so an event is either in the last batch
  /// or refused with `closed`; none is taken into a batch that nobody sends before the producer ends.
  func close() {
    let sealed = state.withLock { state in
      state.isClosed = true
      return state.seal()
    }
    if let sealed { post(sealed) }
  }

  /// Admission that a full batch still waits for; nil when no full batch waits.
  private var overflow: Promise<Result<Void, ProducerError>>? {
    state.withLock { state in
      if state.overflow?.isFulfilled == true { state.overflow = nil }
      return state.overflow
    }
  }

  private func waitForRoom() async throws(ProducerError) {
    while let overflow {
      guard whenFull != .fail else {
        throw ProducerError(
          .outboxFull, "the outbox is full: a full batch waits for room; try again later",
          isRetryable: true)
      }
      guard let outcome = await overflow.value() else { throw .cancelled }
      try outcome.get()
    }
  }

  private func append(_ event: Event) -> Addition {
    state.withLock { state in
      guard !state.isClosed else { return .refused(.closed) }
      do throws(EventRefusal) {
        return try state.append(event, limits: { pipeline.limits })
      } catch {
        return .refused(ProducerError(error))
      }
    }
  }

  private func post(_ sealed: Sealed) {
    let encoded = pipeline.encode(sealed.columns, events: sealed.events)
    // The events of this batch were taken, so only later events fail with `outboxFull`.
    let whenFull: Producer.Configuration.WhenFull = whenFull == .fail ? .wait : whenFull
    do {
      guard case .waiting(let admitted) = try pipeline.offer(encoded, sealed.promise, whenFull: whenFull)
      else {
        return
      }
      state.withLock { $0.overflow = admitted }
    } catch {
      sealed.promise.settle(.failure(error))
    }
  }

  private func startLinger(_ promise: BatchPromise) {
    Task { [self] in
      // Nobody cancels this task, so the sleep does not throw.
      try? await Task.sleep(for: linger)
      _ = await overflow?.value()
      let sealed = state.withLock { $0.promise === promise ? $0.seal() : nil }
      if let sealed { post(sealed) }
    }
  }
}
