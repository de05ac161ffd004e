import Foundation
import Synchronization

/// Runs `body` on `count` new threads, which may block, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
  let running = RunningThreads(count)
  for index in 0..<count {
    Thread {
      body(index)
      running.oneEnded()
    }.start()
  }
  await running.ended()
}

/// A count of calls from several threads.
final class Calls: Sendable {
  private let number = Atomic(0)
  var count: Int { number.load(ordering: .sequentiallyConsistent) }
  func one() { number.wrappingAdd(1, ordering: .sequentiallyConsistent) }
}

/// Counts the running threads down to zero.
private final class RunningThreads: Sendable {
  private struct State {
    var count: Int
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state: Mutex<State>

  init(_ count: Int) {
    state = Mutex(State(count: count))
  }

  func oneEnded() {
    let waiter = state.withLock { state in
      state.count -= 1
      return state.count == 0 ? state.waiter : nil
    }
    waiter?.resume()
  }

  func ended() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        state.waiter = continuation
        return state.count == 0
      }
      if isOver { continuation.resume() }
    }
  }
}
