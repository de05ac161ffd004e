internal import CIntrinsics
internal import Dispatch
internal import Synchronization

/// A named thread for blocking calls, which must not occupy a thread of Swift's pool or of Dispatch.
package final class WorkerThread: Sendable {
  private let running = DispatchGroup()

  /// Starts a thread that runs `body` once.
  ///
  /// When the system refuses another thread, `body` runs on a thread of Dispatch as soon as one is free.
  /// - Parameter name: The name that debuggers and `/proc` show. Linux keeps 15 bytes of it.
  package init(name: String, _ body: @escaping @Sendable () -> Void) {
    running.enter()
    let run: @Sendable () -> Void = { [running] in
      body()
      running.leave()
    }
    let status = DetachedThread.start {
      sluice_name_thread(name)
      run()
    }
    if status != 0 { DispatchQueue.global().async(execute: run) }
  }

  /// Waits until `body` has returned, at most for `timeout`.
  /// - Returns: Whether `body` has returned.
  package func join(timeout: Duration) -> Bool {
    running.wait(timeout: .now() + DispatchTimeInterval(max(.zero, timeout))) == .success
  }

  /// Runs `body` on a thread of its own and waits for its value without blocking a thread of Swift's pool.
  package static func run<Value: Sendable>(
    named name: String, _ body: @escaping @Sendable () -> Value
  ) async -> Value {
    await withCheckedContinuation { continuation in
      _ = WorkerThread(name: name) { continuation.resume(returning: body()) }
    }
  }

  /// Runs `body` on a thread of its own and waits for its value. When this task is cancelled, the call
  /// returns `cancelled` at once, sets the signal that `body` received, and drops the value of `body`.
  package static func runUnlessCancelled<Value: Sendable>(
    named name: String, cancelled: Value, _ body: @escaping @Sendable (StopSignal) -> Value
  ) async -> Value {
    let stop = StopSignal()
    let answer = FirstAnswer<Value>()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        answer.wait(continuation)
        _ = WorkerThread(name: name) { answer.give(body(stop)) }
      }
    } onCancel: {
      stop.set()
      answer.give(cancelled)
    }
  }
}

/// A value that may be given several times. The first value goes to the only waiter, who may come before or
/// after it.
private final class FirstAnswer<Value: Sendable>: Sendable {
  private enum State {
    case empty
    case waiting(CheckedContinuation<Value, Never>)
    case answered(Value)
    case done
  }

  private let state = Mutex(State.empty)

  func wait(_ continuation: CheckedContinuation<Value, Never>) {
    let early: Value? = state.withLock { state in
      switch state {
      case .answered(let value):
        state = .done
        return value
      case .empty:
        state = .waiting(continuation)
        return nil
      case .waiting, .done: preconditionFailure("an answer has only one waiter")
      }
    }
    if let early { continuation.resume(returning: early) }
  }

  func give(_ value: Value) {
    let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
      switch state {
      case .empty:
        state = .answered(value)
        return nil
      case .waiting(let continuation):
        state = .done
        return continuation
      case .answered, .done: return nil
      }
    }
    waiting?.resume(returning: value)
  }
}
