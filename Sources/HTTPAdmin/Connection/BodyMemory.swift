import NIOCore
import Synchronization

/// The memory for bodies that are being received (`http.body.memory`), shared by all event loops.
final class BodyMemory: Sendable {
  private struct State {
    var shares: BodyShares
    var listeners: [BodyShares.Holder: @Sendable (BodyShares.Decision) -> Void] = [:]
    var last: BodyShares.Holder = 0
  }

  /// Maximum bytes that one read from a socket returns. Each connection can exceed the limit by this much
  /// once.
  static let readBytes = 8 << 10
  /// Interval at which waiting connections check whether they still can get memory.
  static let checkInterval = TimeAmount.milliseconds(250)

  private let state: Mutex<State>

  /// Creates a memory of `limit` bytes.
  init(limit: Int) {
    state = Mutex(State(shares: BodyShares(limit: limit)))
  }

  /// Bytes of all bodies in memory.
  var bytes: Int { state.withLock { $0.shares.bytes } }

  /// Registers a connection. `listener` receives the decisions about it, on any thread.
  func enter(_ listener: @escaping @Sendable (BodyShares.Decision) -> Void) -> BodyShares.Holder {
    state.withLock { state in
      state.last += 1
      state.listeners[state.last] = listener
      return state.last
    }
  }

  /// Adds bytes of a body that arrived.
  /// - Returns: false when the connection must not be read until its listener receives `goOn`.
  func add(_ count: Int, to holder: BodyShares.Holder, at now: NIODeadline) -> Bool {
    state.withLock { $0.shares.add(count, to: holder, at: now) }
  }

  /// Marks a body as complete.
  /// - Returns: whether its connection waited and must be read again.
  func complete(_ holder: BodyShares.Holder) -> Bool {
    state.withLock { $0.shares.complete(holder) }
  }

  /// Releases bytes of a body, which may let waiting connections go on.
  func release(_ count: Int, of holder: BodyShares.Holder) {
    guard count > 0 else { return }
    tell { $0.shares.release(count, of: holder, at: .now()).map { ($0, .goOn) } }
  }

  /// Removes a closed connection and its bytes.
  func leave(_ holder: BodyShares.Holder) {
    tell { state in
      state.listeners[holder] = nil
      return state.shares.leave(holder, at: .now()).map { ($0, .goOn) }
    }
  }

  /// Ends bodies that make others wait.
  /// - Returns: whether to check again after `checkInterval`.
  func check(at now: NIODeadline) -> Bool {
    var waits = false
    tell { state in
      let result = state.shares.check(at: now)
      waits = result.waits
      return result.told
    }
    return waits
  }

  private func tell(_ change: (inout State) -> [(BodyShares.Holder, BodyShares.Decision)]) {
    let calls = state.withLock { state in
      change(&state).compactMap { holder, decision in state.listeners[holder].map { ($0, decision) } }
    }
    for (listener, decision) in calls { listener(decision) }
  }
}
