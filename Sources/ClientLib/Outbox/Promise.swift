import Synchronization

/// A value that comes once and that any number of tasks wait for.
final class Promise<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiting: [UInt64: CheckedContinuation<Value?, Never>] = [:]
    var lastNumber: UInt64 = 0
    /// Tasks that were cancelled before they began to wait.
    var cancelledEarly: Set<UInt64> = []
  }

  private let state = Mutex(State())

  /// Whether the value is there.
  var isFulfilled: Bool { state.withLock { $0.value != nil } }

  /// Gives the value to everybody who waits or will ask. Only the first counts.
  func fulfil(_ value: Value) {
    let waiting = state.withLock { state in
      guard state.value == nil else { return [CheckedContinuation<Value?, Never>]() }
      state.value = value
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for continuation in waiting { continuation.resume(returning: value) }
  }

  /// Waits for the value; nil when the waiting task is cancelled first, which leaves the promise as it is.
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
