#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The part of an attempt to connect that lives on its loop: the name, then its addresses in turn.
final class ConnectSequence {
  typealias Completion = @Sendable (Result<StreamSocket, SocketError>) -> Void
  typealias Resolve = @Sendable (@escaping @Sendable (Result<[SocketAddress], SocketError>) -> Void) -> Void

  private let endpoint: Endpoint
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
  /// Why each address so far did not do, in order.
  private var failures: [SocketError] = []

  init(
    _ endpoint: Endpoint, on loop: EventLoop, timeout: Duration, options: SocketOptions,
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
    // The last address has until the deadline of the whole.
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

  /// One error for all addresses: the last one's reason, since the system sorts the likeliest first and
  /// the others are listed.
  private func summary() -> SocketError {
    guard let last = failures.last else {
      return SocketError(.connect, endpoint.description, reason: "the name has no address")
    }
    if addresses.count == 1, last.place == endpoint.description { return last }
    return SocketError(.connect, endpoint.description, reason: last.reason + tried(), code: last.code)
  }

  /// For a name: the addresses tried, with the reasons of those that failed.
  private func tried() -> String {
    guard !failures.isEmpty else { return "" }
    let list = failures.map { "\($0.place): \($0.reason)" }.joined(separator: ", ")
    return " (tried \(list))"
  }
}
