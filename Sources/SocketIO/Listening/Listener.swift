/// A listening socket. It gives accepted connections to the loops of a set in turn.
public final class Listener: Sendable {
  /// Where it listens; the port is the one that the system chose if 0 was asked for.
  public let address: SocketAddress
  private let accepting: LoopBound<AcceptLoop>

  /// Binds and listens; nothing is accepted before `start`.
  ///
  /// - Parameters:
  ///   - address: Port 0 means any free port. `::` takes IPv4 connections too.
  ///   - loops: Where connections go. One of them accepts.
  ///   - backlog: How many connections the system keeps until they are accepted, at most (listen(2);
  ///     the system may have a lower bound of its own).
  ///   - options: For the accepted connections.
  /// - Throws: `SocketError` with operation `listen`.
  public convenience init(
    on address: SocketAddress, loops: EventLoops, backlog: Int = 1024,
    options: SocketOptions = SocketOptions()
  ) throws(SocketError) {
    let descriptor = try Self.listeningSocket(on: address, backlog: backlog)
    self.init(descriptor, address, loops, options, accept: AcceptOutcome.accept)
  }

  /// `starvationPause` is how long to wait for descriptors to come free before trying again. `accept` is
  /// the system's call, or what a test puts in its place.
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

  /// Runs `body` where the listener lives, after what it was asked to do before.
  func onLoop(_ body: @escaping @Sendable () -> Void) {
    accepting.loop.run(body)
  }

  /// Begins to accept, for `delegate`, which is kept until `close`. Once.
  public func start(_ delegate: any ListenerDelegate) {
    accepting.loop.run { [self] in accepting.value.start(self, delegate) }
  }

  /// Stops accepting until `resume`; connections wait in the system's queue. One that is just being
  /// accepted still comes.
  public func pause() {
    accepting.loop.run { [accepting] in accepting.value.pause() }
  }

  /// Accepts again.
  public func resume() {
    accepting.loop.run { [accepting] in accepting.value.resume() }
  }

  /// Stops listening for good and frees the port. Accepted connections live on; one that is just being
  /// accepted still comes. Again: does nothing.
  /// - Parameter closed: Called on the listener's loop once the port is free.
  public func close(_ closed: @escaping @Sendable () -> Void = {}) {
    accepting.loop.run { [accepting] in accepting.value.close(closed) }
  }
}
