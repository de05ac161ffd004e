public import SocketIO

extension TLSTransport: ByteTransportDelegate {
  /// Reads ciphertext into memory that the engine keeps until it is decrypted.
  public func willRead(_ target: inout ReadTarget, from transport: any ByteTransport) {
    guard !readingEnded else { return }
    switch phase {
    case .failing, .closed: return
    case .handshake, .established: break
    }
    assert(!isStepping, "the socket was read during a step of the handshake")
    var bytes: [UInt8] = []
    guard target.append(to: &bytes, atMost: Self.readBytes) > 0 else { return }
    take(bytes)
  }

  /// Takes ciphertext that arrived in the shared buffer. Bytes after close_notify are discarded.
  public func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    guard !readingEnded else { return }
    take(bytes.withUnsafeBytes { Array($0) })
  }

  private func take(_ bytes: [UInt8]) {
    switch phase {
    case .handshake:
      engine.receive(bytes)
      stepHandshake()
    case .established:
      engine.receive(bytes)
      deliverReceived()
    case .failing, .closed: break
    }
  }

  /// Passes the end of a turn on.
  public func turnEnded(of transport: any ByteTransport) { endTurn() }

  /// Handles the end of the peer, which is a failure unless close_notify came before it.
  public func reachedEnd(of transport: any ByteTransport) {
    switch phase {
    case .handshake: fail(TLSFailure(.endedInHandshake, engine.role))
    case .established where readingEnded: break
    case .established:
      report(SocketError(.receive, place, reason: TLSFailure(.truncated, engine.role).description))
    case .failing(let error): report(error)
    case .closed: break
    }
  }

  /// Passes a failure of the socket on, or the failure of TLS that came before the failure of the socket.
  public func failed(_ error: SocketError, on transport: any ByteTransport) {
    switch phase {
    case .handshake:
      handshakes.ended(isComplete: false)
      report(error)
    case .failing(let first): report(first)
    case .established: report(error)
    case .closed: break
    }
  }

  /// Passes on that the system has taken everything.
  public func writeBufferDrained(of transport: any ByteTransport) {
    if isEstablished { delegate?.writeBufferDrained(of: self) }
  }
}

extension TLSTransport {
  /// Fails in a later turn of the loop, because a delegate is not called within a call of the owner.
  func failLater(_ failure: TLSFailure) {
    let this = LoopBound(self, on: loop)
    loop.run { if this.value.isEstablished { this.value.fail(failure) } }
  }

  /// Sends the alert that explains the failure, and waits for the peer to read it.
  func fail(_ failure: TLSFailure) {
    if case .handshake = phase { handshakes.ended(isComplete: false) }
    let error = SocketError(.secure, place, reason: failure.description)
    events.failed(failure, peer)
    phase = .failing(error)
    (early, earlyBytes) = ([], 0)
    socket.send(failure.kind == .notTLS ? events.answerToPlain : engine.takeOutput())
    engine.dropInput()
    socket.shutdownWrite()
    let this = LoopBound(self, on: loop)
    linger = loop.after(Self.lingerTime) { this.value.report(error) }
    socket.resumeReading()
  }

  /// Closes, then tells the owner why.
  private func report(_ error: SocketError) {
    let owner = delegate
    end()
    owner?.failed(error, on: self)
  }

  private var place: String { peer?.description ?? "the peer" }
}
