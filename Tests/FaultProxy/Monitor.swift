import Foundation
import Synchronization

/// Shared state that threads wait on.
final class Monitor<State: Sendable>: Sendable {
  private let condition = NSCondition()
  private let state: Mutex<State>

  init(_ state: State) {
    self.state = Mutex(state)
  }

  /// The state as it is.
  var value: State { state.withLock { $0 } }

  /// Changes the state, and wakes whoever waits.
  @discardableResult
  func update<Value: Sendable>(_ change: (inout State) -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    let value = state.withLock { change(&$0) }
    condition.broadcast()
    return value
  }

  /// Blocks the thread until the state is as wanted, or `limit` is over.
  /// - Returns: the state then.
  @discardableResult
  func wait(limit: Duration? = nil, until isWanted: (State) -> Bool) -> State {
    let end = limit.map { Date(timeIntervalSinceNow: $0 / .seconds(1)) }
    condition.lock()
    defer { condition.unlock() }
    while true {
      let state = value
      if isWanted(state) { return state }
      guard let end else {
        condition.wait()
        continue
      }
      guard condition.wait(until: end) else { return value }
    }
  }
}
