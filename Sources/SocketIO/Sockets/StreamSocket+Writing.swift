#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension StreamSocket {
  /// Bytes that `send` had to keep because the system takes no more for now. The owner bounds them: it
  /// stops sending, or gives up on a peer that does not read.
  public var unsentBytes: Int {
    loop.preconditionOnLoop()
    return unsent.byteCount
  }

  /// Sends `bytes` after what was sent before: at once as far as the system takes them, the rest when it
  /// does. On a socket that is closed, failed or shut down for writing the bytes are dropped.
  public func send(_ bytes: [UInt8]) {
    send([bytes])
  }

  /// Sends several arrays, in order, with as few calls to the system as possible.
  public func send(_ buffers: [[UInt8]]) {
    loop.preconditionOnLoop()
    guard canSend else { return }
    let waited = !unsent.isEmpty
    for buffer in buffers { unsent.append(buffer) }
    if !waited { flush() }
    if !unsent.isEmpty { awaitRoom() }
  }

  /// Says that nothing more will be sent, after all that is unsent. Reading goes on. Again: does nothing.
  public func shutdownWrite() {
    loop.preconditionOnLoop()
    guard canSend else { return }
    shutdownRequested = true
    shutDownIfSent()
  }

  private var canSend: Bool { !isClosed && !shutdownRequested && writeFailure == nil }

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
    // Refused only when the connection is gone already, which the next read tells.
    _ = shutdown(descriptor, CInt(SHUT_WR))
  }

  /// The peer may have said why it went before it did, so what it sent is delivered first, unless the
  /// owner paused reading; and not from within the owner's call to `send`.
  private func writingFailed(_ code: CInt) {
    unsent.removeAll()
    writeFailure = error(.send, code)
    mustReadToEnd = true
    scheduleRead()
  }
}
