import CIntrinsics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A connection to one address that is being made.
///
/// The completion is called after Dispatch has released the descriptor, so that the next owner may make
/// sources of its own, or close the descriptor.
final class PendingConnection {
  private let address: SocketAddress
  private let loop: EventLoop
  private var descriptor: CInt = -1
  private var source: ReadinessSource?
  private var timer: LoopTimer?
  private var outcome: Result<Void, SocketError>?
  /// Nil after it was called, and after `cancel`.
  private var completion: (@Sendable (Result<CInt, SocketError>) -> Void)?

  /// Begins to connect. `completion` is called once on the loop, after this call returns.
  init(
    to address: SocketAddress, on loop: EventLoop, timeout: Duration?,
    completion: @escaping @Sendable (Result<CInt, SocketError>) -> Void
  ) {
    self.address = address
    self.loop = loop
    self.completion = completion
    let code = open()
    let this = LoopBound(self, on: loop)
    guard code == 0 else {
      outcome = .failure(failure(code))
      loop.run { this.value.released() }
      return
    }
    source = ReadinessSource(.writable, of: descriptor, on: loop) {
      this.value.answered()
    } cancelled: {
      this.value.released()
    }
    source?.arm()
    timer = timeout.map { loop.after($0) { this.value.settle(this.value.failure(ETIMEDOUT)) } }
  }

  /// Cancels the attempt; the completion is not called any more.
  func cancel() {
    completion = nil
    settle(failure(ECANCELED))
  }

  /// Makes the socket and begins to connect.
  /// - Returns: 0, or an `errno`.
  private func open() -> CInt {
    descriptor = sluice_stream_socket(address.family)
    guard descriptor >= 0 else { return errno }
    guard address.withSystemAddress({ connect(descriptor, $0, $1) }) != 0 else { return 0 }
    // An interrupted connect continues in the background (connect(2)).
    return errno == EINPROGRESS || errno == EINTR ? 0 : errno
  }

  private func answered() {
    guard outcome == nil else { return }
    var code: CInt = 0
    var length = socklen_t(MemoryLayout<CInt>.size)
    if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) != 0 { code = errno }
    if code == 0, Self.isConnectedToItself(descriptor) { code = ECONNREFUSED }
    settle(code == 0 ? nil : failure(code))
  }

  /// Whether TCP connected the socket to itself. This happens to a client that often connects to a port of
  /// this machine where nothing listens, when the system chooses this port as the client's own (RFC 9293,
  /// simultaneous open).
  static func isConnectedToItself(_ descriptor: CInt) -> Bool {
    guard let local = SocketAddress.local(of: descriptor) else { return false }
    return local == SocketAddress.peer(of: descriptor)
  }

  private func settle(_ failure: SocketError?) {
    guard outcome == nil else { return }
    outcome = failure.map { .failure($0) } ?? .success(())
    timer?.cancel()
    timer = nil
    source?.cancel()
  }

  /// Called when Dispatch has released the descriptor.
  private func released() {
    source = nil
    let descriptor = self.descriptor
    guard case .success = outcome, let completion else {
      if descriptor >= 0 { closeDescriptor(descriptor) }
      if case .failure(let error) = outcome { completion?(.failure(error)) }
      completion = nil
      return
    }
    self.completion = nil
    completion(.success(descriptor))
  }

  private func failure(_ code: CInt) -> SocketError {
    SocketError(.connect, address.description, code: code)
  }
}
