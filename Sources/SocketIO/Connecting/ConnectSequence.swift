#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The part of an attempt to connect that lives on its loop: looks up the name, then tries its addresses one
/// after the other.
final class ConnectSequence {
  typealias Completion = @Sendable (Result<StreamSocket, SocketError>) -> Void
  typealias Resolve = @Sendable (@escaping @Sendable (Result<[SocketAddress], SocketError>) -> Void) -> Void

  private let endpoint: SocketEndpoint
  private let loop: EventLoop
  private let timeout: Duration
  private let options: SocketOptions
  private let resolve: Resolve
  /// Nil once it was called.
  private var completion: Completion?

  private var deadline: LoopTimer?
  private var addresses: [SocketAddress] = []
  private var next = 0
  private var pending: PendingConnection?
  /// The failures of the addresses tried so far, in order.
  private var failures: [SocketError] = []

  init(
    _ endpoint: SocketEndpoint, on loop: EventLoop, timeout: Duration, options: SocketOptions,
    resolve: @escaping Resolve, completion: @escaping Completion
  ) {
    self.endpoint = endpoint
    self.loop = loop
    self.timeout = timeout
    self.options = options
    self.resolve = resolve
    self.completion = completion
  }

  func begin() {
    let this = LoopBound(self, on: loop)
    deadline = loop.after(timeout) { this.value.timedOut() }
    resolve { result in
      this.loop.run { this.value.resolved(result) }
    }
  }

  func cancel() {
    finish(.failure(SocketError(.connect, endpoint.description, reason: "cancelled", code: ECANCELED)))
  }

  private func timedOut() {
    let reason = "no answer within \(timeout)" + tried()
    finish(.failure(SocketError(.connect, endpoint.description, reason: reason, code: ETIMEDOUT)))
  }

  private func resolved(_ result: Result<[SocketAddress], SocketError>) {
    guard completion != nil else { return }
    switch result {
    case .failure(let error):
      finish(.failure(error))
    case .success(let found):
      addresses = found
      tryNext()
    }
  }

  private func tryNext() {
    guard next < addresses.count else { return finish(.failure(summary())) }
    let address = addresses[next]
    next += 1
    // The last address may use the rest of the whole timeout.
    let share = next < addresses.count ? timeout / addresses.count : nil
    let this = LoopBound(self, on: loop)
    pending = PendingConnection(to: address, on: loop, timeout: share) { result in
      this.value.tried(address, result)
    }
  }

  private func tried(_ address: SocketAddress, _ result: Result<CInt, SocketError>) {
    pending = nil
    switch result {
    case .success(let descriptor):
      finish(.success(StreamSocket(adopting: descriptor, on: loop, peer: address, options: options)))
    case .failure(let error):
      failures.append(error)
      tryNext()
    }
  }

  private func finish(_ result: Result<StreamSocket, SocketError>) {
    guard let completion else { return }
    self.completion = nil
    deadline?.cancel()
    deadline = nil
    pending?.cancel()
    pending = nil
    completion(result)
  }

  /// One error for all addresses: the reason of the last one, with a list of all.
  private func summary() -> SocketError {
    guard let last = failures.last else {
      return SocketError(.connect, endpoint.description, reason: "the name has no address")
    }
    if addresses.count == 1, last.place == endpoint.description { return last }
    return SocketError(.connect, endpoint.description, reason: last.reason + tried(), code: last.code)
  }

  /// The list of the failed addresses with their reasons; empty when none failed.
  private func tried() -> String {
    guard !failures.isEmpty else { return "" }
    let list = failures.map { "\($0.place): \($0.reason)" }.joined(separator: ", ")
    return " (tried \(list))"
  }
}

/// An attempt to connect, which can be cancelled.
public final class ConnectAttempt: Sendable {
  private let sequence: LoopBound<ConnectSequence>

  init(handing sequence: sending ConnectSequence, to loop: EventLoop) {
    self.sequence = LoopBound(handing: sequence, to: loop)
    loop.run { [sequence = self.sequence] in sequence.value.begin() }
  }

  /// Cancels the attempt: the completion gets an error whose `isCancelled` is true. Without effect when the
  /// attempt is over. From any thread. Releasing the attempt does not cancel it.
  public func cancel() {
    sequence.loop.run { [sequence] in sequence.value.cancel() }
  }
}

extension EventLoop {
  /// Connects to `endpoint`, trying its addresses one after the other.
  ///
  /// - Parameters:
  ///   - timeout: the time for everything: the name and all addresses. Each address gets an equal share.
  ///   - options: the options of the connection.
  ///   - completion: called once, on this loop, with a connection to start or close, or with a
  ///     `SocketError` (operation `resolve` or `connect`).
  @discardableResult
  public func connect(
    to endpoint: SocketEndpoint, timeout: Duration, options: SocketOptions = SocketOptions(),
    completion: @escaping @Sendable (Result<StreamSocket, SocketError>) -> Void
  ) -> ConnectAttempt {
    connect(
      to: endpoint, timeout: timeout, options: options, resolve: endpoint.resolve, completion: completion)
  }

  /// Connects with a name lookup that a test may replace.
  func connect(
    to endpoint: SocketEndpoint, timeout: Duration, options: SocketOptions,
    resolve: @escaping ConnectSequence.Resolve, completion: @escaping ConnectSequence.Completion
  ) -> ConnectAttempt {
    ConnectAttempt(
      handing: ConnectSequence(
        endpoint, on: self, timeout: timeout, options: options, resolve: resolve, completion: completion),
      to: self)
  }
}
