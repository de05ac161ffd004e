import CIntrinsics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A listening socket. It gives accepted connections to the loops of a set in turn.
public final class Listener: Sendable {
  /// The address of the listener, with the port that the system chose if 0 was given.
  public let address: SocketAddress
  private let accepting: LoopBound<AcceptLoop>

  /// Binds and listens; nothing is accepted before `start`.
  ///
  /// - Parameters:
  ///   - address: the address to listen on. Port 0 means any free port. `::` accepts IPv4 connections, too.
  ///   - loops: the loops that get connections in turn. One of them accepts.
  ///   - backlog: the most connections that the system keeps until they are accepted (listen(2)). The system
  ///     may have a lower limit. It drops or refuses more.
  ///   - options: the options of the accepted connections.
  /// - Throws: `SocketError` with operation `listen`.
  public convenience init(
    on address: SocketAddress, loops: EventLoops, backlog: Int = 1024,
    options: SocketOptions = SocketOptions()
  ) throws(SocketError) {
    let descriptor = try Self.listeningSocket(on: address, backlog: backlog)
    self.init(descriptor, address, loops, options, accept: AcceptOutcome.accept)
  }

  /// - Parameters:
  ///   - starvationPause: the time to wait for free descriptors before the next attempt.
  ///   - accept: the system's call, which a test may replace.
  init(
    _ descriptor: CInt, _ address: SocketAddress, _ loops: EventLoops, _ options: SocketOptions,
    starvationPause: Duration = .milliseconds(100), accept: @escaping @Sendable (CInt) -> AcceptOutcome
  ) {
    self.address = SocketAddress.local(of: descriptor) ?? address
    let loop = loops.next()
    self.accepting = LoopBound(
      handing: AcceptLoop(
        descriptor, on: loop, loops: loops, options: options, starvationPause: starvationPause,
        accept: accept),
      to: loop)
  }

  /// Runs `body` on the listener's loop, after the calls made before.
  func onLoop(_ body: @escaping @Sendable () -> Void) {
    accepting.loop.run(body)
  }

  /// Begins to accept, and keeps `delegate` until `close`. Called once.
  public func start(_ delegate: any ListenerDelegate) {
    accepting.loop.run { [self] in accepting.value.start(self, delegate) }
  }

  /// Stops accepting until `resume`. Connections wait in the system's queue. A connection that is being
  /// accepted is still delivered.
  public func pause() {
    accepting.loop.run { [accepting] in accepting.value.pause() }
  }

  /// Accepts again.
  public func resume() {
    accepting.loop.run { [accepting] in accepting.value.resume() }
  }

  /// Stops listening for good and frees the port. Accepted connections stay open; a connection that is being
  /// accepted is still delivered. A second call only calls `closed`.
  /// - Parameter closed: called on the listener's loop when the port is free.
  public func close(_ closed: @escaping @Sendable () -> Void = {}) {
    accepting.loop.run { [accepting] in accepting.value.close(closed) }
  }
}

/// The owner of a listener, as the listener calls it.
public protocol ListenerDelegate: AnyObject, Sendable {
  /// Returns whether there is room for one more connection. Called on the listener's loop before each is
  /// accepted. After `false` the listener pauses, and connections wait in the system's queue; the owner calls
  /// `resume` when there is room again.
  ///
  /// - Parameter count: the number of connections accepted so far, including those not yet given to
  ///   `accepted`. So an owner that counts closed connections keeps an exact limit: `count - closed < limit`.
  func hasRoom(afterAccepting count: Int, by listener: Listener) -> Bool

  /// Takes an accepted connection. Called on the connection's own loop. The owner starts or closes it.
  func accepted(_ socket: StreamSocket, by listener: Listener)

  /// Reports that the system refuses to accept, because it has no descriptor or no memory left. Called on the
  /// listener's loop, and not again before a connection was accepted. The listener tries again by itself.
  func starved(_ listener: Listener, _ error: SocketError)
}

extension ListenerDelegate {
  /// There is always room.
  public func hasRoom(afterAccepting count: Int, by listener: Listener) -> Bool { true }
}

extension Listener {
  /// Makes a socket that listens on `address`.
  static func listeningSocket(on address: SocketAddress, backlog: Int) throws(SocketError) -> CInt {
    let descriptor = sluice_stream_socket(address.family)
    guard descriptor >= 0 else { throw SocketError(.listen, address.description, code: errno) }
    guard bindAndListen(descriptor, address, backlog) else {
      let code = errno
      closeDescriptor(descriptor)
      throw SocketError(.listen, address.description, code: code)
    }
    return descriptor
  }

  /// Returns false, with the reason in `errno`, when the system refuses.
  private static func bindAndListen(_ descriptor: CInt, _ address: SocketAddress, _ backlog: Int) -> Bool {
    // Without this option, closed connections of a server that restarts occupy its port for a minute.
    guard SocketOptions.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) else { return false }
    if address.family == AF_INET6 {
      // The default differs between machines. With this option a wildcard always serves both versions.
      let onlySix = address.isWildcard ? 0 : 1
      guard SocketOptions.set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, onlySix) else { return false }
    }
    guard address.withSystemAddress({ bind(descriptor, $0, $1) }) == 0 else { return false }
    return listen(descriptor, CInt(clamping: backlog)) == 0
  }
}
