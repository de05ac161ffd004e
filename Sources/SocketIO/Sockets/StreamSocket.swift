import CIntrinsics

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One connection: a non-blocking stream socket that lives on one loop.
///
/// An open socket keeps itself and its delegate alive; `close`, or a failure, lets go of both. Whoever
/// makes one therefore closes it. Everything here is for the socket's loop only, which the compiler
/// helps with: the class is not `Sendable`; see `LoopBound`.
public final class StreamSocket {
  /// The loop that the socket lives on.
  public let loop: EventLoop
  /// The other end; nil for a socket that is not IP.
  public let peer: SocketAddress?

  let descriptor: CInt
  let options: SocketOptions
  var delegate: (any StreamSocketDelegate)?
  /// Nil once the socket is closed.
  var reader: ReadinessSource?
  /// Made when the system first refuses to take more; most connections never need one.
  var writer: ReadinessSource?
  /// Sources that still use the descriptor. The last to be cancelled closes it.
  private var sources = 0

  var readingPaused = true
  var readingEnded = false
  /// No call of `reader` can be counted on until a read found nothing: see `mayBeLastCall`.
  var mustReadToEnd = false
  var isReadScheduled = false

  var unsent = SendQueue()
  var shutdownRequested = false
  /// Sending failed; reported once what the peer had sent before was delivered.
  var writeFailure: SocketError?

  /// Takes over `descriptor`, a connected stream socket, which becomes non-blocking. On `loop` only.
  ///
  /// Nothing is read before `start`.
  public init(
    adopting descriptor: CInt, on loop: EventLoop, peer: SocketAddress?,
    options: SocketOptions = SocketOptions()
  ) {
    loop.preconditionOnLoop()
    precondition(options.readBudget > 0, "a connection that may read nothing is of no use")
    let nonBlocking = sluice_set_nonblocking(descriptor) == 0
    precondition(nonBlocking, "what is adopted is an open descriptor")
    self.loop = loop
    self.peer = peer
    self.descriptor = descriptor
    self.options = options
    options.apply(to: descriptor)
    reader = makeSource(.readable) { $0.readable() }
  }

  deinit { assert(reader == nil, "a socket was dropped without being closed") }

  /// Begins to read, for `delegate`. Once.
  public func start(_ delegate: any StreamSocketDelegate) {
    loop.preconditionOnLoop()
    precondition(self.delegate == nil, "a socket has one owner")
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

  /// Ends the connection. What is unsent is dropped. When bytes from the peer are unread, the system
  /// resets the connection, and what was sent may be lost: an owner that cares shuts down its side and
  /// reads to the end first. The delegate hears nothing more. Again: does nothing.
  public func close() {
    loop.preconditionOnLoop()
    reader?.cancel()
    writer?.cancel()
    reader = nil
    writer = nil
    delegate = nil
    unsent.removeAll()
  }

  /// Closes, and tells the owner why.
  func fail(_ error: SocketError) {
    let owner = delegate
    close()
    owner?.failed(error, on: self)
  }

  /// An error for people, saying which peer.
  func error(_ operation: SocketError.Operation, _ code: CInt) -> SocketError {
    SocketError(operation, peer?.description ?? "the peer", code: code)
  }

  /// A source that calls `ready` while the socket is open. Dispatch may call it once more after `close`.
  ///
  /// The source's closures hold the socket until the source is cancelled: that is what keeps an open
  /// socket alive.
  func makeSource(
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
    sources -= 1
    if sources == 0 { closeDescriptor(descriptor) }
  }
}

/// Closes `descriptor`. On Linux an interrupted close has closed it all the same (close(2)), so it is
/// never tried again.
func closeDescriptor(_ descriptor: CInt) {
  let result = close(descriptor)
  assert(result == 0 || errno != EBADF, "a descriptor was closed twice")
}
