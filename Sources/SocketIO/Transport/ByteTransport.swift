/// The bytes of one connection in both directions: the seam between a connection and its socket.
///
/// `StreamSocket` is the plain transport. An encrypted transport, or a test's transport in memory, conforms
/// as well, so that connections do not know which one they hold. An implementation calls its delegate by the
/// rules of `ByteTransportDelegate`; `deliver(to:atMost:)` does this for one read.
///
/// A transport lives on one loop. All members are for that loop only.
public protocol ByteTransport: AnyObject {
  /// The loop that the transport and its delegate live on.
  var loop: EventLoop { get }
  /// The address of the other end; nil when it is not IP.
  var peer: SocketAddress? { get }
  /// Whether others between the two ends can read the bytes only in encrypted form. False for a plain transport.
  var isEncrypted: Bool { get }
  /// The `tls-exporter` value of the connection (RFC 9266, 32 bytes), which both ends know and nobody else; nil
  /// without TLS, and before the end of its handshake.
  var channelBinding: [UInt8]? { get }
  /// Whether `close` was called or the connection failed.
  var isClosed: Bool { get }
  /// Whether bytes are delivered now: started, and not paused, ended or closed.
  var isReading: Bool { get }
  /// Bytes that were sent and that the transport still keeps, because the system takes no more for now. There
  /// is no bound here: the owner stops sending, or closes when the peer does not read.
  var unsentBytes: Int { get }
  /// Bytes that were received and that the transport keeps, because reading was paused before they were
  /// delivered; 0 for a transport that leaves them to the system.
  var undeliveredBytes: Int { get }
  /// The subject alternative names of the certificate that the peer proved to own; empty without one.
  var peerCertificateNames: [String] { get }

  /// Begins to read, and keeps `delegate` until the transport is closed. Called once.
  func start(_ delegate: any ByteTransportDelegate)

  /// Stops reading. TCP slows the peer down once the system's buffers are full.
  func pauseReading()

  /// Continues to read. Nothing is delivered before this call returns.
  func resumeReading()

  /// Reads into the front of `memory`, which is not empty, without waiting. `ReadTarget` calls this.
  func read(into memory: UnsafeMutableRawBufferPointer) -> ReadOutcome

  /// Sends `bytes` after everything that was sent before: at once as far as the system takes them, the rest
  /// later. After `close`, a failure or `shutdownWrite` the bytes are dropped.
  func send(_ bytes: [UInt8])

  /// Sends several arrays, in order, with as few calls to the system as possible.
  func send(_ buffers: [[UInt8]])

  /// Ends the sending direction after everything that is unsent. Reading continues. A second call does
  /// nothing.
  func shutdownWrite()

  /// Ends the connection and releases the delegate, which is not called any more. Unsent bytes are dropped.
  /// A second call does nothing.
  func close()
}

extension ByteTransport {
  /// False: the bytes go out as they are.
  public var isEncrypted: Bool { false }

  /// Nil: the connection has no secret.
  public var channelBinding: [UInt8]? { nil }

  /// 0: the system keeps what is not delivered.
  public var undeliveredBytes: Int { 0 }

  /// Empty: the peer has no certificate.
  public var peerCertificateNames: [String] { [] }

  /// Performs one read of at most `limit` bytes: into the owner's memory if `willRead` fills its target, else
  /// into the loop's shared buffer, which `received` then lends to the owner.
  /// - Returns: the outcome of the read; nil when nothing was read because `willRead` paused or closed.
  public func deliver(to owner: any ByteTransportDelegate, atMost limit: Int) -> ReadOutcome? {
    precondition(limit > 0, "a read takes at least one byte")
    var target = ReadTarget(from: self, limit: limit)
    owner.willRead(&target, from: self)
    if let outcome = target.outcome { return outcome }
    guard isReading else { return nil }
    let shared = loop.receiveBuffer
    let outcome = read(into: UnsafeMutableRawBufferPointer(rebasing: shared.prefix(limit)))
    if outcome.count > 0 {
      owner.received(UnsafeRawBufferPointer(rebasing: shared.prefix(outcome.count)).bytes, from: self)
    }
    return outcome
  }
}

/// The owner of a connection, as its transport calls it: always on the transport's loop, and never within a
/// call that the owner makes to the transport.
public protocol ByteTransportDelegate: AnyObject {
  /// Called before every read. An owner that knows where the next bytes belong, for example the rest of a
  /// large body, fills its own memory through `target`. If it does not use `target`, `received` delivers the
  /// bytes.
  func willRead(_ target: inout ReadTarget, from transport: any ByteTransport)

  /// Bytes arrived, at least one. They are in memory that all connections of the loop share, lent for this
  /// call. They were delivered even if the owner pauses reading during the call; none is delivered twice.
  func received(_ bytes: RawSpan, from transport: any ByteTransport)

  /// The connection's turn to read is over, and something arrived in it, or the end did. An owner that
  /// answers here, and not after each read, makes one call to the system instead of many.
  func turnEnded(of transport: any ByteTransport)

  /// The peer will send nothing more, and everything that it sent was delivered. Sending still works if the
  /// peer only shut down its own direction. Called at most once.
  func reachedEnd(of transport: any ByteTransport)

  /// The connection broke and is closed; unsent bytes are lost. The last call.
  func failed(_ error: SocketError, on transport: any ByteTransport)

  /// The system has taken all bytes that `send` had to keep.
  func writeBufferDrained(of transport: any ByteTransport)
}

extension ByteTransportDelegate {
  /// Leaves the bytes to `received`.
  public func willRead(_ target: inout ReadTarget, from transport: any ByteTransport) {}

  /// Does nothing.
  public func turnEnded(of transport: any ByteTransport) {}

  /// Does nothing.
  public func writeBufferDrained(of transport: any ByteTransport) {}
}
