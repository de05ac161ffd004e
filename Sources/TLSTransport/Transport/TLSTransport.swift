public import SocketIO

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// An encrypted transport over a plain one: a `ByteTransport` for the connection, and the delegate of the
/// socket.
///
/// Bytes that the owner sends before the handshake is complete are kept, and sent after the handshake. The
/// steps of the handshake run on a `HandshakePool`. The socket is not read during a step, so only one thread
/// at a time uses the engine. When TLS fails, the peer gets an alert and `lingerTime` to read it. Then the
/// owner's `failed` is called.
public final class TLSTransport: ByteTransport {
  /// The most bytes of ciphertext that one read takes.
  static let readBytes = 64 << 10
  /// The most bytes of plaintext that are delivered together.
  private static let deliveryBytes = 256 << 10
  /// The time for which a failed connection waits for the peer to read the alert.
  static let lingerTime = Duration.seconds(1)

  /// The progress of the connection.
  enum Phase {
    case handshake
    case established
    /// The alert is sent. Received bytes are discarded until the peer ends or `lingerTime` is over.
    case failing(SocketError)
    case closed
  }

  let socket: any ByteTransport
  let engine: TLSEngine
  let handshakes: HandshakePool
  let events: TLSEvents
  var delegate: (any ByteTransportDelegate)?

  var phase = Phase.handshake
  /// Whether a step of the handshake runs on the pool. During a step only the step uses the engine.
  var isStepping = false
  /// Plaintext that waits for the end of the handshake.
  var early: [[UInt8]] = []
  var earlyBytes = 0
  private var isPaused = true
  var readingEnded = false
  private var shutdownRequested = false
  /// Whether `resumeReading` has scheduled a call of `continueReading`.
  private var isContinuing = false
  /// Whether the owner got bytes, or the end, in this turn of the socket.
  private var hasDelivered = false
  var linger: LoopTimer?

  /// An encrypted transport over `socket`, which was not started. On the loop of `socket` only.
  public init(
    over socket: any ByteTransport, _ engine: TLSEngine, handshakes: HandshakePool,
    events: TLSEvents = TLSEvents()
  ) {
    socket.loop.preconditionOnLoop()
    self.socket = socket
    self.engine = engine
    self.handshakes = handshakes
    self.events = events
  }

  /// The loop of the socket.
  public var loop: EventLoop { socket.loop }
  /// The address of the other end; nil when it is not IP.
  public var peer: SocketAddress? { socket.peer }
  /// True: no byte of the owner leaves before the handshake is complete.
  public var isEncrypted: Bool { true }
  /// Whether `close` was called or the connection failed.
  public var isClosed: Bool { if case .closed = phase { true } else { false } }
  /// Whether plaintext is delivered now. False until the handshake is complete.
  public var isReading: Bool { isEstablished && !isPaused && !readingEnded }
  /// Ciphertext that the system did not take, and plaintext that waits for the end of the handshake.
  public var unsentBytes: Int { socket.unsentBytes + earlyBytes }
  /// Bytes that were received before reading was paused, encrypted or not; 0 during a step of the handshake,
  /// because the step uses the engine.
  public var undeliveredBytes: Int { isStepping ? 0 : engine.unreadBytes }
  /// The `tls-exporter` value (RFC 9266); nil before the end of the handshake.
  public var channelBinding: [UInt8]? { isEstablished ? engine.channelBinding : nil }
  /// The subject alternative names of the peer's verified certificate.
  public var peerCertificateNames: [String] { isEstablished ? engine.peerNames : [] }

  var isEstablished: Bool { if case .established = phase { true } else { false } }

  /// Begins the handshake, and reads for `delegate` after it.
  public func start(_ delegate: any ByteTransportDelegate) {
    loop.preconditionOnLoop()
    precondition(self.delegate == nil, "a transport was started twice")
    guard !isClosed else { return }
    self.delegate = delegate
    isPaused = false
    socket.start(self)
    // The client speaks first.
    if engine.role == .client { stepHandshake() }
  }

  /// Ends the connection, with close_notify if the handshake is complete.
  public func close() {
    loop.preconditionOnLoop()
    switch phase {
    case .handshake: handshakes.ended(isComplete: false)
    case .established where !shutdownRequested:
      engine.finishWriting()
      socket.send(engine.takeOutput())
    case .established, .failing: break
    case .closed: return
    }
    end()
  }

  /// Releases everything. The peer gets no alert and no close_notify.
  func end() {
    phase = .closed
    delegate = nil
    (early, earlyBytes) = ([], 0)
    linger?.cancel()
    linger = nil
    socket.close()
  }

  // MARK: Handshake

  /// Runs one step of the handshake on the pool.
  func stepHandshake() {
    precondition(!isStepping, "two steps of one handshake ran at once")
    isStepping = true
    socket.pauseReading()
    let this = LoopBound(self, on: loop)
    let loop = loop
    // Safe: until `stepped`, only this step uses the engine.
    nonisolated(unsafe) let engine = engine
    handshakes.run {
      let result = Result { () throws(TLSFailure) in try engine.handshake() }
      loop.run { this.value.stepped(result) }
    }
  }

  private func stepped(_ result: Result<Bool, TLSFailure>) {
    isStepping = false
    guard case .handshake = phase else { return }
    switch result {
    case .success(let isComplete):
      socket.send(engine.takeOutput())
      if isComplete { established() } else { socket.resumeReading() }
    case .failure(let failure): fail(failure)
    }
  }

  private func established() {
    phase = .established
    handshakes.ended(isComplete: true)
    let early = self.early
    (self.early, earlyBytes) = ([], 0)
    encrypt(early)
    if shutdownRequested { finishWriting() }
    // The last flight of the handshake and the first bytes of the owner may have come together.
    continueReading()
    if isEstablished, socket.unsentBytes == 0, !early.isEmpty { delegate?.writeBufferDrained(of: self) }
  }

  // MARK: Reading

  /// Stops reading. The handshake goes on.
  public func pauseReading() {
    loop.preconditionOnLoop()
    isPaused = true
    if isEstablished { socket.pauseReading() }
  }

  /// Continues to read. Bytes that the engine already has come first. Nothing is delivered before this call
  /// returns.
  public func resumeReading() {
    loop.preconditionOnLoop()
    isPaused = false
    guard isEstablished else { return }
    guard engine.unreadBytes > 0 else { return socket.resumeReading() }
    guard !isContinuing else { return }
    isContinuing = true
    let this = LoopBound(self, on: loop)
    loop.run {
      this.value.isContinuing = false
      this.value.continueReading()
    }
  }

  /// Delivers the bytes that the engine already has, then lets the socket read on.
  private func continueReading() {
    guard isEstablished else { return }
    deliverReceived()
    endTurn()
    if isEstablished, !isPaused { socket.resumeReading() }
  }

  /// Decrypts and delivers received bytes until none is left, the owner pauses, or the peer has ended.
  func deliverReceived() {
    while isReading, let delegate {
      guard let outcome = deliver(to: delegate, atMost: Self.deliveryBytes) else { break }
      if outcome.count > 0 { hasDelivered = true }
      switch outcome {
      case .bytes(_, drained: false): continue  // more bytes, the end or a failure may follow
      case .bytes, .nothing, .failure: break
      case .end:
        readingEnded = true
        hasDelivered = true
        engine.dropInput()
        delegate.reachedEnd(of: self)
      }
      break
    }
    guard isEstablished else { return }
    // OpenSSL answers a request for new keys.
    let output = engine.takeOutput()
    if !output.isEmpty { socket.send(output) }
  }

  func endTurn() {
    guard hasDelivered else { return }
    hasDelivered = false
    delegate?.turnEnded(of: self)
  }

  /// Decrypts into `memory`. When bytes came before the end or a failure, they are returned alone, and the
  /// next read returns the end or the failure, which the engine keeps.
  public func read(into memory: UnsafeMutableRawBufferPointer) -> ReadOutcome {
    guard isEstablished else { return .nothing }
    var filled = 0
    while filled < memory.count {
      switch engine.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[filled...])) {
      case .bytes(let count): filled += count
      case .nothing: return filled > 0 ? .bytes(filled, drained: true) : .nothing
      case .end: return filled > 0 ? .bytes(filled, drained: false) : .end
      case .failed(let failure):
        guard filled == 0 else { return .bytes(filled, drained: false) }
        failLater(failure)
        return .failure(EPROTO)
      }
    }
    return .bytes(filled, drained: false)
  }

  // MARK: Writing

  /// Encrypts and sends `bytes`; before the end of the handshake they wait for it.
  public func send(_ bytes: [UInt8]) { send([bytes]) }

  /// Encrypts and sends several arrays, in order.
  public func send(_ buffers: [[UInt8]]) {
    loop.preconditionOnLoop()
    guard !shutdownRequested else { return }
    switch phase {
    case .handshake:
      early += buffers
      earlyBytes += buffers.reduce(0) { $0 + $1.count }
    case .established: encrypt(buffers)
    case .failing, .closed: break
    }
  }

  private func encrypt(_ buffers: [[UInt8]]) {
    do {
      for buffer in buffers where !buffer.isEmpty { try engine.write(buffer) }
      let output = engine.takeOutput()
      if !output.isEmpty { socket.send(output) }
    } catch {
      failLater(error)
    }
  }

  /// Ends the sending direction with close_notify after everything that was sent.
  public func shutdownWrite() {
    loop.preconditionOnLoop()
    guard !shutdownRequested else { return }
    shutdownRequested = true
    if isEstablished { finishWriting() }
  }

  private func finishWriting() {
    engine.finishWriting()
    socket.send(engine.takeOutput())
    socket.shutdownWrite()
  }
}
