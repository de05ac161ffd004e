import SocketIO
import Synchronization

/// The owner of a listener under test.
final class Host: ListenerDelegate {
  private struct Seen {
    var loops: [ObjectIdentifier] = []
    var peers: [SocketAddress?] = []
    var errors: [SocketError] = []
  }

  private let seen = Mutex(Seen())
  private let room: @Sendable (Int) -> Bool
  private let starvation: @Sendable (Int) -> Void
  private let receive: @Sendable (StreamSocket) -> Void

  init(
    hasRoom: @escaping @Sendable (Int) -> Bool = { _ in true },
    starved: @escaping @Sendable (Int) -> Void = { _ in },
    accepted: @escaping @Sendable (StreamSocket) -> Void
  ) {
    room = hasRoom
    starvation = starved
    receive = accepted
  }

  /// How many connections it got.
  var count: Int { seen.withLock { $0.peers.count } }
  var peers: [SocketAddress?] { seen.withLock { $0.peers } }
  var errors: [SocketError] { seen.withLock { $0.errors } }

  /// How many connections each of `loops` got.
  func accepted(on loops: EventLoops) -> [Int] {
    let places = seen.withLock { $0.loops }
    return loops.all.map { loop in places.count { $0 == ObjectIdentifier(loop) } }
  }

  func hasRoom(afterAccepting count: Int, by listener: Listener) -> Bool { room(count) }

  func accepted(_ socket: StreamSocket, by listener: Listener) {
    socket.loop.preconditionOnLoop()
    seen.withLock {
      $0.loops.append(ObjectIdentifier(socket.loop))
      $0.peers.append(socket.peer)
    }
    receive(socket)
  }

  func starved(_ listener: Listener, _ error: SocketError) {
    let count = seen.withLock {
      $0.errors.append(error)
      return $0.errors.count
    }
    starvation(count)
  }
}
