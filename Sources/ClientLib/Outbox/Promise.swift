import Synchronization
import WireProtocol

/// Promises to the publisher of a batch, one for each stage that the batch can reach.
final class BatchPromise: Sendable {
  /// Fulfilled when the spool has the batch, or when the batch is accepted, settled or given up. Without a
  /// spool only settling fulfils it.
  let spooled = Promise<Result<Void, ProducerError>>()
  /// Fulfilled when a server's queue has the batch, or when the batch is settled or given up.
  let accepted = Promise<Result<Void, ProducerError>>()
  /// Fulfilled when the batch is committed or given up.
  let settled = Promise<Result<Counts, ProducerError>>()
  private struct Observed {
    var observation: BatchObservation?
    /// Events of the closed batch; 0 while it is open.
    var events = 0
  }

  private let observed = Mutex(Observed())

  /// Tells `observation` when the batch is settled, at once when it is settled already. Called once at most. Other tasks
  /// may have closed the batch already, so its number of events is kept for this call.
  func observe(_ observation: BatchObservation?) {
    guard let observation else { return }
    observed.withLock { $0.observation = observation }
    if let outcome = settled.present { finish(outcome) }
  }

  /// Notes that the batch was closed with this number of events.
  func close(events: Int) {
    observed.withLock { $0.events = events }
  }

  /// Context of the batch's span in the form of W3C Trace Context; nil unless the batch is traced.
  var traceContext: TraceContext? { observed.withLock { $0.observation?.traceContext } }

  private func finish(_ outcome: Result<Counts, ProducerError>) {
    let observation = observed.withLock { observed in
      observed.observation?.events = observed.events
      return observed.observation.take()
    }
    observation?.end(outcome, now: .now)
  }

  /// Reports that a server's queue has the batch.
  func accept() {
    accepted.fulfil(.success(()))
  }

  /// Reports that the batch is committed, which implies that it was accepted, or that it is given up. Must
  /// be called once.
  func settle(_ outcome: Result<Counts, ProducerError>) {
    spooled.fulfil(outcome.map { _ in })
    accepted.fulfil(outcome.map { _ in })
    let isFirst = settled.fulfil(outcome)
    assert(isFirst, "a batch was settled twice")
    finish(outcome)
  }
}

/// A batch that is committed or given up. Its publisher is told after locks are released.
struct Settlement: Sendable {
  let promise: BatchPromise
  let outcome: Result<Counts, ProducerError>

  /// Whether the batch was given up.
  var isFailure: Bool {
    if case .failure = outcome { true } else { false }
  }

  func tell() { promise.settle(outcome) }
}

/// A value that is set once. Any number of tasks may wait for it.
final class Promise<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiting: [UInt64: CheckedContinuation<Value?, Never>] = [:]
    var lastNumber: UInt64 = 0
    /// Numbers of tasks that were cancelled before they started to wait.
    var cancelledEarly: Set<UInt64> = []
  }

  private let state = Mutex(State())

  /// The value; nil before it is set.
  var present: Value? { state.withLock { $0.value } }

  /// Whether the value is set.
  var isFulfilled: Bool { present != nil }

  /// Sets the value and resumes all waiting tasks. Does nothing when the promise has a value.
  /// - Returns: whether this call set the value.
  @discardableResult
  func fulfil(_ value: Value) -> Bool {
    let waiting = state.withLock { state -> [CheckedContinuation<Value?, Never>]? in
      guard state.value == nil else { return nil }
      state.value = value
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for continuation in waiting ?? [] { continuation.resume(returning: value) }
    return waiting != nil
  }

  /// Waits for the value; nil when the waiting task is cancelled first.
  func value() async -> Value? {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { wait(number, $0) }
    } onCancel: {
      cancel(number)
    }
  }

  private func wait(_ number: UInt64, _ continuation: CheckedContinuation<Value?, Never>) {
    let (isOver, value) = state.withLock { state -> (Bool, Value?) in
      let wasCancelled = state.cancelledEarly.remove(number) != nil
      if let value = state.value { return (true, value) }
      if wasCancelled { return (true, nil) }
      state.waiting[number] = continuation
      return (false, nil)
    }
    if isOver { continuation.resume(returning: value) }
  }

  private func cancel(_ number: UInt64) {
    let continuation = state.withLock { state in
      guard state.value == nil else { return CheckedContinuation<Value?, Never>?.none }
      guard let waiting = state.waiting.removeValue(forKey: number) else {
        state.cancelledEarly.insert(number)
        return nil
      }
      return waiting
    }
    continuation?.resume(returning: nil)
  }
}
