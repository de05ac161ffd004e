import Foundation
import Synchronization

/// Shared state with blocking waits for a change.
final class Monitor<State: Sendable>: Sendable {
  private let condition = NSCondition()
  private let state: Mutex<State>

  init(_ state: State) {
    self.state = Mutex(state)
  }

  /// The current state.
  var value: State { state.withLock { $0 } }

  /// Changes the state, and wakes all waiting threads.
  @discardableResult
  func update<Value: Sendable>(_ change: (inout State) -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    let value = state.withLock { change(&$0) }
    condition.broadcast()
    return value
  }

  /// Blocks the thread until `isWanted` is true for the state, or `limit` has passed.
  /// - Returns: The state at that moment.
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
