import SocketIO
import WireProtocol

extension Courier {
  /// Something came of received bytes, or of time.
  func perform(_ event: ClientConnection.Event, of session: Session, now: ContinuousClock.Instant) {
    switch event {
    case .needMore, .none, .creditRaised:
      break
    case .welcomed(let welcome):
      welcomed(welcome, session)
    case .accepted(let sequences, let status):
      accepted(sequences, status, session)
    case .committed(let batches, let status):
      committed(batches, status, session)
    case .refused(let sequence, let report):
      refused(sequence, report, session, now)
    case .storeAway(let duration):
      storeAway(for: duration)
    case .leaving(let goAway):
      move(away: session, within: goAway.within, reason: goAway.reason, now)
    case .failed(let report):
      session.flush(now: now)
      sessionEnded(session, .reported(report))
    }
  }

  private func welcomed(_ welcome: Welcome, _ session: Session) {
    session.lineage = welcome.lineage
    route.opened()
    connections += 1
    let resumption = outbox.withOutbox { outbox, statistics in
      let resumption = outbox.resume(welcome, helloBase: session.hello.base)
      statistics.committed += resumption.settlements.count
      statistics.reconnects = connections - 1
      return resumption
    }
    for settlement in resumption.settlements { settlement.tell() }
    if !resumption.settlements.isEmpty { route.proved() }
    tell(.connected, "connected to \(setting.endpoints[session.endpoint])")
    if let loss = resumption.loss { lineageLost(loss) }
    guard !resumption.isStale else {
      return sessionEnded(
        session,
        .reported(ErrorFrame(WireError(.producerStale, "somebody else uses this identity"))))
    }
    opened.fulfil(.success(()))
  }

  private func lineageLost(_ loss: Outbox.LineageLoss) {
    let finding =
      switch loss {
      case .another(let told, let found):
        """
        the server's database is not the one that was told of before (system \(told.system), timeline \
        \(told.timeline), store \(told.store); now \(found.system), \(found.timeline), \(found.store))
        """
      case .wentBack: "the server's database knows less than it told before: it was taken back in time"
      }
    tell(
      .lineageLoss,
      """
      LINEAGE_LOSS: \(finding). What is unsettled is sent again. Batches that were committed before may \
      be gone; publish them again if they must not be missing
      """)
  }

  private func accepted(_ sequences: [UInt64], _ status: AckStatus, _ session: Session) {
    let tickets = outbox.withOutbox { outbox, statistics in
      statistics.note(status)
      guard outbox.producer == session.hello.producer else { return [Ticket]() }
      let tickets = outbox.accepted(sequences)
      statistics.accepted += tickets.count
      return tickets
    }
    for ticket in tickets { ticket.accept() }
    if session === current { route.proved() }
  }

  private func committed(_ batches: [CommittedBatch], _ status: AckStatus, _ session: Session) {
    let settlements = outbox.withOutbox { outbox, statistics in
      statistics.note(status)
      guard outbox.producer == session.hello.producer else { return [Settlement]() }
      let settlements = outbox.committed(batches, lineage: session.lineage)
      statistics.committed += settlements.count
      return settlements
    }
    for settlement in settlements { settlement.tell() }
    if session === current { route.proved() }
  }

  private func refused(
    _ sequence: UInt64, _ report: ErrorFrame, _ session: Session, _ now: ContinuousClock.Instant
  ) {
    // What an older connection refuses is decided by the answer of the current one.
    guard session === current else { return }
    let refusal = outbox.withOutbox { outbox, statistics in
      let refusal = outbox.refused(sequence, report, now: now)
      if case .settled(let settlement?) = refusal { statistics.note(settlement) }
      return refusal
    }
    switch refusal {
    case .settled(let settlement): settlement?.tell()
    case .deferred: break
    case .needsNewConnection: move(away: session, within: .seconds(5), reason: "\(report.error)", now)
    case .needsNewIdentity: sessionEnded(session, .reported(report))
    }
  }

  private func storeAway(for duration: Duration) {
    let isAway = duration > .zero
    guard isAway != storeIsAway else { return }
    storeIsAway = isAway
    if isAway {
      tell(.storeAway, "the server can not reach its database since \(duration); batches wait")
    } else {
      tell(.storeBack, "the server reaches its database again")
    }
  }
}

extension Producer.Statistics {
  /// A batch failed.
  mutating func note(_ failure: Settlement) {
    if case .failure(ProducerError(.batchExpired, "")) = failure.outcome {
      expired += 1
    } else {
      refused += 1
    }
  }

  fileprivate mutating func note(_ status: AckStatus) {
    serverQueuedBatches = Int(status.queuedBatches)
    serverQueuedBytes = Int(clamping: status.queuedBytes)
  }
}
