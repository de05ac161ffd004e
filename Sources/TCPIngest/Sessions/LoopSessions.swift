import SocketIO

/// The sessions of one loop.
final class LoopSessions {
  private var sessions: [ObjectIdentifier: Session] = [:]

  func insert(_ session: Session) {
    sessions[ObjectIdentifier(session)] = session
  }

  func remove(_ session: Session) {
    sessions[ObjectIdentifier(session)] = nil
  }

  /// A copy, since a session that ends removes itself.
  var all: [Session] { Array(sessions.values) }
}
