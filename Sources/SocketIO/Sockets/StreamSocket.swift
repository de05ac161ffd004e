import CIntrinsics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The plain transport: a non-blocking stream socket that lives on one loop.
///
/// An open socket keeps itself and its delegate alive; `close` or a failure releases both. The owner of a
/// socket must therefore close it. All members are for the socket's loop only. The compiler helps to keep
/// this: the class is not `Sendable`; see `LoopBound`.
public final class StreamSocket: ByteTransport {
  /// The loop that the socket lives on.
  public let loop: EventLoop
  /// The address of the other end; nil for a socket that is not IP.
  public let peer: SocketAddress?

  private let descriptor: CInt
  private let options: SocketOptions
  private var delegate: (any ByteTransportDelegate)?
  /// Nil once the socket is closed.
  private var reader: ReadinessSource?
  /// Made when the system first refuses to take more bytes; most connections never need it.
  private var writer: ReadinessSource?
  /// Number of sources that still use the descriptor. The last one to be cancelled closes it.
  private var sources = 0

  private var readingPaused = true
  private(set) var readingEnded = false
  /// Set after sending failed, until a read finds nothing: the peer's last bytes are delivered before the
  /// failure is told, whether `reader` fires or not.
  private var mustReadToEnd = false
  private var isReadScheduled = false

  private var unsent = SendQueue()
  private var shutdownRequested = false
  /// The reason why sending failed. Reported after everything that the peer had sent before was delivered.
  private var writeFailure: SocketError?

  /// Takes over `descriptor`, a connected stream socket, and makes it non-blocking. On `loop` only.
  ///
  /// Nothing is read before `start`.
  public init(
    adopting descriptor: CInt, on loop: EventLoop, peer: SocketAddress?,
    options: SocketOptions = SocketOptions()
  ) {
    loop.preconditionOnLoop()
    precondition(options.readBudget > 0, "a connection with a read budget of 0 would never read")
    let nonBlocking = sluice_set_nonblocking(descriptor) == 0
    precondition(nonBlocking, "the adopted descriptor is not open")
    self.loop = loop
    self.peer = peer
    self.descriptor = descriptor
    self.options = options
    options.apply(to: descriptor)
    reader = makeSource(.readable) { _ = $0.readAvailable() }
  }

  deinit { assert(reader == nil, "a socket was released without being closed") }

  /// Begins to read, for `delegate`. Called once.
  public func start(_ delegate: any ByteTransportDelegate) {
    loop.preconditionOnLoop()
    precondition(self.delegate == nil, "a socket was started twice")
    guard !isClosed else { return }
    self.delegate = delegate
    resumeReading()
  }

  /// Whether `close` was called or the connection failed.
  public var isClosed: Bool { reader == nil }

  /// This end's address; nil when the socket is closed or not IP.
  public var localAddress: SocketAddress? {
    loop.preconditionOnLoop()
    return isClosed ? nil : SocketAddress.local(of: descriptor)
  }

  /// Ends the connection. Unsent bytes are dropped. If received bytes are still unread, the system resets the
  /// connection, and the peer may lose bytes that were sent. To avoid this, an owner calls `shutdownWrite` and
  /// reads to the end first. The delegate is not called any more. A second call does nothing.
  public func close() {
    loop.preconditionOnLoop()
    reader?.cancel()
    writer?.cancel()
    reader = nil
    writer = nil
    delegate = nil
    unsent.removeAll()
  }

  // MARK: Reading

  /// Stops reading: TCP slows the peer down once the system's buffers are full. Bytes that are being
  /// delivered still belong to the owner. While reading is paused, a broken connection may go unnoticed.
  public func pauseReading() {
    loop.preconditionOnLoop()
    readingPaused = true
    reader?.disarm()
  }

  /// Continues to read. Nothing is delivered before this call returns.
  public func resumeReading() {
    loop.preconditionOnLoop()
    readingPaused = false
    guard !isClosed, !readingEnded else { return }
    reader?.arm()
    if mustReadToEnd { scheduleRead() }
  }

  /// Whether bytes are to be read now. Any call to the delegate may change it.
  public var isReading: Bool { !isClosed && !readingPaused && !readingEnded }

  /// Receives straight into `memory` (recv(2)).
  public func read(into memory: UnsafeMutableRawBufferPointer) -> ReadOutcome {
    isClosed ? .nothing : .receive(from: descriptor, into: memory)
  }

  /// Delivers the bytes that have arrived, at most the read budget, so that a connection that sends without
  /// pause does not delay the others of its loop. If bytes are left, the source fires again; after sending
  /// failed, another turn is scheduled.
  /// - Returns: whether there may be more to read now.
  @discardableResult
  private func readAvailable() -> Bool {
    var budget = options.readBudget
    defer { if budget < options.readBudget { delegate?.turnEnded(of: self) } }
    while budget > 0, isReading, let delegate {
      guard let outcome = deliver(to: delegate, atMost: budget) else { break }
      switch outcome {
      case .bytes(let count, let drained):
        budget -= count
        // A short read drained the buffer. The source fires again for the end of the stream.
        if drained, !mustReadToEnd { return false }
      case .nothing:
        mustReadToEnd = false
        return false
      case .end:
        endReading()
      case .failure(let code):
        if !isClosed { fail(error(.receive, code)) }
      }
    }
    if mustReadToEnd, isReading { scheduleRead() }
    return isReading
  }

  /// Reads in a turn of its own, without the source. If sending has failed, the connection fails once nothing
  /// is left to read.
  private func scheduleRead() {
    guard !isReadScheduled else { return }
    isReadScheduled = true
    let this = LoopBound(self, on: loop)
    loop.run {
      let socket = this.value
      socket.isReadScheduled = false
      let more = socket.readAvailable()
      if !more, !socket.isClosed, let failure = socket.writeFailure { socket.fail(failure) }
    }
  }

  private func endReading() {
    guard !isClosed, !readingEnded else { return }
    readingEnded = true
    reader?.disarm()
    delegate?.reachedEnd(of: self)
  }

  // MARK: Writing

  private var canSend: Bool { !isClosed && !shutdownRequested && writeFailure == nil }

  /// Bytes that `send` keeps until the system takes more.
  public var unsentBytes: Int {
    loop.preconditionOnLoop()
    return unsent.byteCount
  }

  /// Sends `bytes` after everything that was sent before. On a socket that is closed, failed or shut down for
  /// writing the bytes are dropped.
  public func send(_ bytes: [UInt8]) {
    enqueue { $0.append(bytes) }
  }

  /// Sends several arrays, in order, in as few system calls as possible (sendmsg(2)).
  public func send(_ buffers: [[UInt8]]) {
    enqueue { for buffer in buffers { $0.append(buffer) } }
  }

  private func enqueue(_ append: (inout SendQueue) -> Void) {
    loop.preconditionOnLoop()
    guard canSend else { return }
    let waited = !unsent.isEmpty
    append(&unsent)
    if !waited { flush() }
    if !unsent.isEmpty { awaitRoom() }
  }

  /// Ends the sending direction after everything that is unsent (shutdown(2)). Reading continues. A second
  /// call does nothing.
  public func shutdownWrite() {
    loop.preconditionOnLoop()
    guard canSend else { return }
    shutdownRequested = true
    shutDownIfSent()
  }

  /// Sends until nothing is left or the system takes no more.
  private func flush() {
    while !unsent.isEmpty {
      let (offered, outcome) = unsent.withVectors { ($0.byteCount, $0.send(to: descriptor)) }
      switch outcome {
      case .bytes(let count):
        unsent.consume(count)
        if count < offered { return }
      case .failure(let code):
        return writingFailed(code)
      }
    }
  }

  private func awaitRoom() {
    if writer == nil { writer = makeSource(.writable) { $0.roomToWrite() } }
    writer?.arm()
  }

  private func roomToWrite() {
    guard !unsent.isEmpty else { return }
    flush()
    guard unsent.isEmpty else { return }
    writer?.disarm()
    guard writeFailure == nil else { return }
    shutDownIfSent()
    delegate?.writeBufferDrained(of: self)
  }

  private func shutDownIfSent() {
    guard shutdownRequested, unsent.isEmpty else { return }
    // The system refuses only when the connection is gone already; the next read reports that.
    _ = shutdown(descriptor, CInt(SHUT_WR))
  }

  /// Remembers why sending failed. The peer may have sent its reason before it closed, so its bytes are
  /// delivered first, unless the owner paused reading. The owner is not called from within its own `send`.
  private func writingFailed(_ code: CInt) {
    unsent.removeAll()
    writeFailure = error(.send, code)
    mustReadToEnd = true
    scheduleRead()
  }

  // MARK: Failure and descriptor

  /// Closes, then tells the owner why.
  private func fail(_ error: SocketError) {
    let owner = delegate
    close()
    owner?.failed(error, on: self)
  }

  /// An error that names the peer.
  private func error(_ operation: SocketError.Operation, _ code: CInt) -> SocketError {
    SocketError(operation, peer?.description ?? "the peer", code: code)
  }

  /// A source that calls `ready` while the socket is open.
  ///
  /// The source's closures hold the socket until the source is cancelled. This keeps an open socket alive.
  private func makeSource(
    _ direction: ReadinessSource.Direction, _ ready: @escaping @Sendable (StreamSocket) -> Void
  ) -> ReadinessSource {
    let this = LoopBound(self, on: loop)
    sources += 1
    return ReadinessSource(direction, of: descriptor, on: loop) {
      let socket = this.value
      if !socket.isClosed { ready(socket) }
    } cancelled: {
      this.value.sourceCancelled()
    }
  }

  private func sourceCancelled() {
    precondition(sources > 0, "more sources were cancelled than were made")
    sources -= 1
    if sources == 0 { closeDescriptor(descriptor) }
  }
}

/// Closes `descriptor`. An interrupted close is not repeated, because on Linux it has closed the descriptor
/// anyway (close(2)).
func closeDescriptor(_ descriptor: CInt) {
  let result = close(descriptor)
  assert(result == 0 || errno != EBADF, "a descriptor was closed twice")
}
