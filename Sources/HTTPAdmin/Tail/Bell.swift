import Synchronization

/// Wakes the one task that waits for it. A ring that nobody waited for is remembered, once.
final class Bell: Sendable {
  private struct State {
    var isRung = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Wakes the task that waits, or else the next one that comes.
  func ring() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.isRung = true }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Waits for a ring until `deadline`. One task at a time.
  /// - Returns: false when the time is over, or the task was cancelled.
  func wait(until deadline: ContinuousClock.Instant) async -> Bool {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero, !Task.isCancelled else { return false }
    return await Deadline.within(left) { await self.wait() } != nil && !Task.isCancelled
  }

  /// Waits for a ring, or until the task is cancelled. One task at a time.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          precondition(state.waiter == nil, "one task waits at a time")
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
