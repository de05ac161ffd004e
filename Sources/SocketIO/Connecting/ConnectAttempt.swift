/// An attempt to connect, which can be given up.
public final class ConnectAttempt: Sendable {
  private let sequence: LoopBound<ConnectSequence>

  init(handing sequence: sending ConnectSequence, to loop: EventLoop) {
    self.sequence = LoopBound(handing: sequence, to: loop)
    loop.run { [sequence = self.sequence] in sequence.value.begin() }
  }

  /// Gives up, unless it is over already; the completion then gets an error whose `isCancelled` is true.
  /// From any thread. Dropping the attempt does not cancel it.
  public func cancel() {
    sequence.loop.run { [sequence] in sequence.value.cancel() }
  }
}

extension EventLoop {
  /// Connects to `endpoint`, trying its addresses one after the other.
  ///
  /// - Parameters:
  ///   - timeout: For all of it: looking up the name and every address. An address gets its share of it.
  ///   - options: For the connection.
  ///   - completion: Called once, on this loop, with a connection to start or close, or with a
  ///     `SocketError` (operation `resolve` or `connect`).
  @discardableResult
  public func connect(
    to endpoint: Endpoint, timeout: Duration, options: SocketOptions = SocketOptions(),
    completion: @escaping @Sendable (Result<StreamSocket, SocketError>) -> Void
  ) -> ConnectAttempt {
    connect(
      to: endpoint, timeout: timeout, options: options, resolve: endpoint.resolve, completion: completion)
  }

  /// `resolve` looks the name up, or is what a test puts in its place.
  func connect(
    to endpoint: Endpoint, timeout: Duration, options: SocketOptions,
    resolve: @escaping ConnectSequence.Resolve, completion: @escaping ConnectSequence.Completion
  ) -> ConnectAttempt {
    ConnectAttempt(
      handing: ConnectSequence(
        endpoint, on: self, timeout: timeout, options: options, resolve: resolve, completion: completion),
      to: self)
  }
}
