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
    guard !isClosed, !readingEnded else { return }
    reader?.arm()
    if mustReadToEnd { scheduleRead() }
  }

  /// Whether bytes are to be read now: any call to the delegate may change it.
  private var isReading: Bool { !isClosed && !readingPaused && !readingEnded }

  /// The reader's call.
  func readable() {
    if reader?.mayBeLastCall == true { mustReadToEnd = true }
    readAvailable()
  }

  /// Delivers what has arrived, at most the read budget, so that one connection that sends without end
  /// does not keep the others of its loop waiting. What is left makes the source fire again, or, when it
  /// may not, is left to another turn.
  /// - Returns: whether there may be more to read now.
  @discardableResult
  func readAvailable() -> Bool {
    var budget = options.readBudget
    defer { if budget < options.readBudget { delegate?.turnEnded(of: self) } }
    while budget > 0, isReading {
      guard let outcome = readOnce(atMost: budget) else { break }
      switch outcome {
      case .bytes(let count, let drained):
        budget -= count
        // A short read means that nothing more waits; an end would still have to be read, if the source
        // will not tell.
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

  /// Reads in a turn of its own, without the source. A socket that can not send any more fails once
  /// there is nothing left to read.
  func scheduleRead() {
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

  /// Reads into the owner's memory or, if it has no wish, into the loop's. Nil when the owner, asked for
  /// its wish, paused or closed instead.
  private func readOnce(atMost limit: Int) -> ReadOutcome? {
    guard let owner = delegate else { return nil }
    var target = ReadTarget(descriptor: descriptor, limit: limit)
    owner.willRead(&target, from: self)
    if let outcome = target.outcome { return outcome }
    guard isReading else { return nil }
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
