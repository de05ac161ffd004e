import NIOCore
import Synchronization

/// The open connections of the HTTP server, shared by its event loops.
final class ConnectionRegister: Sendable {
  private struct State {
    var list: ConnectionList
    var channels: [ConnectionList.Member: any Channel] = [:]
    var last: ConnectionList.Member = 0
  }

  /// The service that a connection gets.
  enum Standing: Equatable {
    /// All routes are answered.
    case ordinary
    /// Only the monitoring paths are answered, and the connection is closed after the answer.
    case extra
  }

  /// Connections beyond the maximum, for `/livez`, `/readyz`, `/health` and `/metrics` while all others are
  /// busy. A constant, because each costs a descriptor and a few kilobytes only.
  static let extraPlaces = 32

  private let state: Mutex<State>

  /// Creates a register for `places` connections.
  init(places: Int) {
    state = Mutex(State(list: ConnectionList(places: places, extraPlaces: Self.extraPlaces)))
  }

  /// Number of open connections.
  var count: Int { state.withLock { $0.list.count } }

  /// Adds a connection, and closes an idle one if the maximum is reached.
  /// - Returns: nil when all are busy; then the caller closes `channel`.
  func enter(_ channel: any Channel) -> (member: ConnectionList.Member, standing: Standing)? {
    let (member, entry, victim) = state.withLock { state in
      state.last += 1
      let entry = state.list.enter(state.last)
      let victim: ConnectionList.Member? =
        switch entry {
        case .ordinary(let victim), .extra(let victim): victim
        case .refused: nil
        }
      if entry != .refused { state.channels[state.last] = channel }
      return (state.last, entry, victim.flatMap { state.channels.removeValue(forKey: $0) })
    }
    victim?.close(promise: nil)
    switch entry {
    case .ordinary: return (member, .ordinary)
    case .extra: return (member, .extra)
    case .refused: return nil
    }
  }

  /// Marks a connection as busy.
  func begin(_ member: ConnectionList.Member) { state.withLock { $0.list.begin(member) } }

  /// Marks a connection as idle.
  func wait(_ member: ConnectionList.Member) { state.withLock { $0.list.wait(member) } }

  /// Removes a closed connection.
  func leave(_ member: ConnectionList.Member) {
    state.withLock { state in
      state.list.leave(member)
      state.channels[member] = nil
    }
  }

  /// Closes the oldest idle connections, at most one in eight of all and at least one, which frees
  /// descriptors. New connections pass a crowd of silent ones faster than when one is closed at a time.
  /// - Returns: false when all are busy.
  func closeOldest() -> Bool {
    let channels = state.withLock { state in
      (0..<max(1, state.list.count / 8)).compactMap { _ in
        state.list.takeOldest().flatMap { state.channels.removeValue(forKey: $0) }
      }
    }
    for channel in channels { channel.close(promise: nil) }
    return !channels.isEmpty
  }
}
