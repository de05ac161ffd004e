extension StreamSocket {
  /// Stops reading: the peer is slowed down by TCP once the system's buffers are full. Bytes already
  /// being delivered still are the owner's. A broken connection may go unnoticed meanwhile.
  public func pauseReading() {
    loop.preconditionOnLoop()
    readingPaused = true
    reader?.disarm()
  }

  /// Reads on. Nothing is delivered before this returns.
  public func resumeReading() {
    loop.preconditionOnLoop()
    readingPaused = false
    if !readingEnded { reader?.arm() }
  }

  /// Whether bytes are to be read now: any call to the delegate may change it.
  private var isReading: Bool { !isClosed && !readingPaused && !readingEnded }

  /// Delivers what has arrived, at most the read budget, so that one connection that sends without end
  /// does not keep the others of its loop waiting. What is left makes the source fire again.
  /// - Returns: whether there may be more to read now.
  @discardableResult
  func readAvailable() -> Bool {
    var budget = options.readBudget
    while budget > 0, isReading {
      switch readOnce(atMost: budget) {
      case .bytes(let count, let drained):
        budget -= count
        if drained { return false }
      case .nothing:
        return false
      case .end:
        endReading()
      case .failure(let code):
        if !isClosed { fail(error(.receive, code)) }
      }
    }
    return isReading
  }

  /// Reads into the owner's memory or, if it has no wish, into the loop's.
  private func readOnce(atMost limit: Int) -> ReadOutcome {
    guard let owner = delegate else { return .nothing }
    var target = ReadTarget(descriptor: descriptor, limit: limit)
    owner.willRead(&target, from: self)
    if let outcome = target.outcome { return outcome }
    guard isReading else { return .nothing }
    let shared = loop.receiveBuffer
    let outcome = ReadOutcome.receive(
      from: descriptor, into: UnsafeMutableRawBufferPointer(rebasing: shared.prefix(limit)))
    if outcome.count > 0 {
      owner.received(UnsafeRawBufferPointer(rebasing: shared.prefix(outcome.count)).bytes, from: self)
    }
    return outcome
  }

  private func endReading() {
    guard !isClosed, !readingEnded else { return }
    readingEnded = true
    reader?.disarm()
    delegate?.reachedEnd(of: self)
  }
}
