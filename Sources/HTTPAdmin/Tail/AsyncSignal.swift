import Synchronization

/// A signal for one waiting task. A signal without a waiting task is kept for the next wait; several count
/// once.
final class AsyncSignal: Sendable {
  private struct State {
    var isRung = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Wakes the waiting task, or the next one that waits.
  func ring() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.isRung = true }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Waits for a signal until `deadline`. Only one task may wait at a time.
  /// - Returns: false after the deadline or when the task is cancelled.
  func wait(until deadline: ContinuousClock.Instant) async -> Bool {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero, !Task.isCancelled else { return false }
    return await Deadline.within(left) { await self.wait() } != nil && !Task.isCancelled
  }

  /// Waits for a signal or the cancellation of the task. Only one task may wait at a time.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          precondition(state.waiter == nil, "only one task may wait at a time")
          if state.isRung || Task.isCancelled {
            state.isRung = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }
  }
}
