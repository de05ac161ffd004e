extension ServerConnection {
  /// The store registered the producer: WELCOME goes into the output, and batches are taken from now on.
  public mutating func registered(
    session: UInt64, floor: UInt64, settled sequences: [UInt64], lineage: Lineage, durability: Durability
  ) {
    guard phase == .registering, let hello,
      let version = ProtocolVersion.agreed(hello.versions, ProtocolVersion.supported)
    else { return }
    phase = .open
    settled = SettledWindow(base: hello.base, floor: floor, settled: sequences)
    output.welcome(
      Welcome(
        version: version, features: features, server: configuration.server, session: session, floor: floor,
        lineage: lineage, durability: durability, limits: configuration.limits, credit: configuration.credit,
        settled: SettledBitmap(base: hello.base, span: configuration.limits.span, settled: sequences)))
  }

  /// A batch is in the queue: the next output says so.
  public mutating func accepted(_ sequence: UInt64) {
    guard credit.isOutstanding(sequence) else { return }
    unsentAccepted = sequence
  }

  /// A batch is committed: the next output says so.
  public mutating func committed(_ batch: CommittedBatch) {
    guard credit.giveBack(batch.sequence) else { return }
    settled.settle(batch.sequence)
    unsentCommitted.append(batch)
  }

  /// A batch is refused for good; the connection stays.
  public mutating func refused(_ sequence: UInt64, _ error: WireError) {
    precondition(error.code.scope == .batch, "\(error.code.name) does not end a batch alone")
    guard credit.giveBack(sequence) else { return }
    output.error(ErrorFrame(error, sequence: sequence))
  }

  /// The server is about to stop: no further batch is taken, what was taken is still answered.
  public mutating func drain(within: Duration) -> Action {
    switch phase {
    case .open:
      phase = .draining
      output.goAway(GoAway(lastSequence: lastTaken, within: within, reason: "the server is shutting down"))
      return .proceed
    case .preface, .hello, .registering:
      return fail(WireError(.draining, "the server is shutting down; connect to another one or try again"))
    case .draining, .leaving, .closed:
      return .proceed
    }
  }

  /// The client shut down its direction: it will send nothing more, but may still read answers.
  public mutating func peerEnded() {
    switch phase {
    case .open, .draining: phase = .leaving
    case .preface, .hello, .registering: phase = .closed
    case .leaving, .closed: break
    }
  }

  /// Time has passed. A heartbeat goes into the output when one is due.
  /// - Parameter storeAway: for how long the store could not be reached; zero when it can.
  public mutating func tick(now: ContinuousClock.Instant, storeAway: Duration) -> Action {
    switch phase {
    case .closed:
      return .proceed
    case .preface, .hello, .registering:
      guard now - startedAt >= configuration.handshake else { return .proceed }
      return fail(WireError(.handshakeTimeout, "the handshake took longer than \(configuration.handshake)"))
    case .open, .draining, .leaving:
      if phase != .leaving, progress.isStalled(at: now) {
        return fail(WireError(.peerSilent, "a body made no progress within \(configuration.bodyProgress)"))
      }
      switch liveness.verdict(at: now) {
      case .fine: break
      case .heartbeatDue: output.heartbeat(Heartbeat(storeAway: storeAway))
      case .peerSilent where phase == .leaving: break
      case .peerSilent:
        return fail(WireError(.peerSilent, "nothing was received for \(configuration.limits.silence)"))
      }
      return .proceed
    }
  }

  mutating func writeAcknowledgements(queue: (batches: Int, bytes: Int)) {
    guard phase != .closed else { return }
    let status = AckStatus(
      queuedBatches: UInt32(clamping: queue.batches), queuedBytes: UInt64(clamping: queue.bytes),
      settledThrough: settled.through)
    if let sequence = unsentAccepted {
      output.acknowledgement(.accepted(sequence: sequence, status))
      unsentAccepted = nil
    }
    if !unsentCommitted.isEmpty {
      output.acknowledgement(.committed(unsentCommitted, status))
      unsentCommitted.removeAll(keepingCapacity: true)
    }
    if let more = credit.takeAdvertisement() { output.window(more) }
  }
}
