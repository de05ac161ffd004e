import NIOCore
import Synchronization

/// The open connections of the HTTP server, shared by its event loops.
final class ConnectionRegister: Sendable {
  private struct State {
    var list: ConnectionList
    var channels: [ConnectionList.Member: any Channel] = [:]
    /// The numbers of the connections in `channels`.
    var entries: [ObjectIdentifier: (member: ConnectionList.Member, standing: Standing)] = [:]
    var last: ConnectionList.Member = 0

    /// Forgets the channel of a connection, and returns it.
    mutating func remove(_ member: ConnectionList.Member) -> (any Channel)? {
      guard let channel = channels.removeValue(forKey: member) else { return nil }
      entries[ObjectIdentifier(channel)] = nil
      return channel
    }
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

  /// Returns the number of a connection that entered when its TLS handshake began; nil when it had to make room since.
  func adopt(_ channel: any Channel) -> (member: ConnectionList.Member, standing: Standing)? {
    state.withLock { $0.entries[ObjectIdentifier(channel)] }
  }

  /// Adds a connection, and closes an idle one if the maximum is reached.
  /// - Returns: nil when all are busy; then the caller closes `channel`.
  func enter(_ channel: any Channel) -> (member: ConnectionList.Member, standing: Standing)? {
    let (entry, victim) = state.withLock {
      state -> ((member: ConnectionList.Member, standing: Standing)?, (any Channel)?) in
      state.last += 1
      let (standing, victim): (Standing?, ConnectionList.Member?) =
        switch state.list.enter(state.last) {
        case .ordinary(let victim): (.ordinary, victim)
        case .extra(let victim): (.extra, victim)
        case .refused: (nil, nil)
        }
      let closed = victim.flatMap { state.remove($0) }
      guard let standing else { return (nil, closed) }
      state.channels[state.last] = channel
      state.entries[ObjectIdentifier(channel)] = (state.last, standing)
      return ((state.last, standing), closed)
    }
    victim?.closeAtOnce()
    return entry
  }

  /// Marks a connection as busy.
  func begin(_ member: ConnectionList.Member) { state.withLock { $0.list.begin(member) } }

  /// Marks a connection as idle.
  func wait(_ member: ConnectionList.Member) { state.withLock { $0.list.wait(member) } }

  /// Removes a closed connection.
  func leave(_ member: ConnectionList.Member) {
    state.withLock { state in
      state.list.leave(member)
      _ = state.remove(member)
    }
  }

  /// Closes the oldest idle connections, at most one in eight of all and at least one, which frees
  /// descriptors. New connections pass a crowd of silent ones faster than when one is closed at a time.
  /// - Returns: false when all are busy.
  func closeOldest() -> Bool {
    let channels = state.withLock { state in
      (0..<max(1, state.list.count / 8)).compactMap { _ in
        state.list.takeOldest().flatMap { state.remove($0) }
      }
    }
    for channel in channels { channel.closeAtOnce() }
    return !channels.isEmpty
  }
}
