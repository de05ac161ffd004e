/// What a listener asks and tells its owner.
public protocol ListenerDelegate: AnyObject, Sendable {
  /// Whether one more connection is welcome, asked on the listener's loop before each is accepted. After
  /// `false` the listener pauses; the owner calls `resume` when there is room again. Meanwhile further
  /// connections wait in the system's queue.
  ///
  /// `count` is how many it has accepted so far, those included that are on their way to `accepted`. So
  /// an owner that counts closed connections keeps an exact limit: `count - closed < limit`.
  func hasRoom(afterAccepting count: Int, by listener: Listener) -> Bool

  /// A connection was accepted; called on the connection's own loop. The owner starts or closes it.
  func accepted(_ socket: StreamSocket, by listener: Listener)

  /// The system refuses to accept, for want of descriptors or memory; called on the listener's loop,
  /// once until it has accepted again. The listener tries on by itself; connections that exist go on.
  func starved(_ listener: Listener, _ error: SocketError)
}

extension ListenerDelegate {
  /// There is always room.
  public func hasRoom(afterAccepting count: Int, by listener: Listener) -> Bool { true }
}
