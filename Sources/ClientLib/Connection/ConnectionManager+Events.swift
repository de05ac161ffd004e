import Logging
import SocketIO
import WireProtocol

extension ConnectionManager {
  /// Returns the server of `link`, for notices.
  func place(_ link: ServerLink) -> String { "\(setting.endpoints[link.endpoint])" }

  /// Handles an event that `link` made of received bytes or of elapsed time.
  func perform(_ event: ClientConnection.OnBytes, of link: ServerLink, now: ContinuousClock.Instant) {
    switch event {
    case .needMore, .none, .creditRaised:
      break
    case .welcomed(let welcome):
      welcomed(welcome, link)
    case .accepted(let sequences, let status):
      accepted(sequences, status, link)
    case .committed(let batches, let status):
      committed(batches, status, link)
    case .refused(let sequence, let report):
      refused(sequence, report, link, now)
    case .storeUnavailable(let duration):
      storeUnavailable(for: duration)
    case .leaving(let goAway):
      move(away: link, within: goAway.within, reason: goAway.reason, now)
    case .failed(let report):
      link.flush(now: now)
      linkEnded(link, .reported(report))
    }
  }

  private func welcomed(_ welcome: Welcome, _ link: ServerLink) {
    link.lineage = welcome.lineage
    selector.opened()
    connections += 1
    let result = outbox.withOutbox { outbox, statistics in
      let result = outbox.resume(welcome, helloBase: link.hello.base)
      statistics.committed += result.settlements.count
      statistics.reconnects = connections - 1
      return result
    }
    for settlement in result.settlements { settlement.tell() }
    if !result.settlements.isEmpty { selector.succeeded() }
    tell(.connected, "connected to \(setting.endpoints[link.endpoint])")
    if let loss = result.loss { lineageLost(loss) }
    guard !result.isStale else {
      return linkEnded(
        link,
        .reported(ErrorFrame(WireError(.producerStale, "another program uses this identity"))))
    }
    homeConnected(link)
    opened.fulfil(.success(()))
  }

  /// Lets `connect` return although there is no connection yet, and tells why. Without effect when `connect` has
  /// returned.
  func startOffline(_ reason: String) {
    guard !isStopped, !opened.isFulfilled else { return }
    tell(.startedOffline, "\(reason); batches wait, and the producer goes on to connect")
    opened.fulfil(.success(()))
  }

  private func lineageLost(_ loss: CommitHistory.LineageLoss) {
    let finding =
      switch loss {
      case .another(let known, let found):
        """
        the server's database is not the one that acknowledged earlier commits (system \(known.system), \
        timeline \(known.timeline), store \(known.store); now \(found.system), \(found.timeline), \
        \(found.store))
        """
      case .wentBack:
        """
        the server's database does not know commits that it acknowledged: it is in an earlier state, or this \
        producer was disconnected for longer than the server keeps producers
        """
      }
    outbox.withOutbox { _, statistics in statistics.lineageLosses += 1 }
    tell(
      .lineageLoss,
      """
      LINEAGE_LOSS: \(finding). Unsettled batches are sent again. Batches that were committed before may \
      be gone; publish them again if they must not be missing
      """)
  }

  private func accepted(_ sequences: [UInt64], _ status: AckStatus, _ link: ServerLink) {
    let promises = outbox.withOutbox { outbox, statistics in
      statistics.note(status)
      guard outbox.producer == link.hello.producer else { return [BatchPromise]() }
      let promises = outbox.accepted(sequences)
      statistics.accepted += promises.count
      return promises
    }
    for promise in promises { promise.accept() }
    if link === current { selector.succeeded() }
  }

  private func committed(_ batches: [CommittedBatch], _ status: AckStatus, _ link: ServerLink) {
    let settlements = outbox.withOutbox { outbox, statistics in
      statistics.note(status)
      guard outbox.producer == link.hello.producer else { return [Settlement]() }
      let settlements = outbox.committed(batches, lineage: link.lineage)
      statistics.committed += settlements.count
      return settlements
    }
    for settlement in settlements { settlement.tell() }
    if link === current { selector.succeeded() }
  }

  private func refused(
    _ sequence: UInt64, _ report: ErrorFrame, _ link: ServerLink, _ now: ContinuousClock.Instant
  ) {
    // Only the current connection's refusals count. A batch that an older one refused was sent on it again.
    guard link === current else { return }
    let refusal = outbox.withOutbox { outbox, statistics in
      let refusal = outbox.refused(sequence, report, now: now)
      if case .settled(let settlement?) = refusal { statistics.note(settlement) }
      return refusal
    }
    switch refusal {
    case .settled(let settlement): settlement?.tell()
    case .deferred: break
    case .needsNewConnection: move(away: link, within: .seconds(5), reason: "\(report.error)", now)
    case .needsNewIdentity: linkEnded(link, .reported(report))
    }
  }

  /// Tells the observers the depth of the outbox.
  func tellOutbox() {
    guard let outboxChanged = setting.observers.outboxChanged else { return }
    let (batches, bytes) = outbox.withOutbox { outbox, _ in (outbox.window.count, outbox.heldBytes) }
    outboxChanged(setting.channel, batches, bytes)
  }

  /// Reports that the spool's disk is full, with the error, or that it has space again.
  func spoolChanged(_ full: SpoolFailure?) {
    guard let full else { return tell(.spoolHasSpace, "the disk of the spool has space again") }
    tell(
      .spoolFull,
      "\(ProducerError(full).message); until the disk has space, publish acts as whenFull says"
    )
  }

  private func storeUnavailable(for duration: Duration) {
    let isUnavailable = duration > .zero
    guard isUnavailable != storeIsUnavailable else { return }
    storeIsUnavailable = isUnavailable
    if isUnavailable {
      tell(.storeUnavailable, "the server has not reached its database for \(duration); batches wait")
    } else {
      tell(.storeBack, "the server reaches its database again")
    }
  }
}

extension ConnectionManager {
  /// Logs a notice and passes it to the user's handler.
  func tell(_ kind: Producer.Notice.Kind, _ message: String) {
    let level: Logger.Level =
      switch kind {
      case .lineageLoss, .spoolDamaged: .error
      case .identityRenewed, .storeUnavailable, .startedOffline, .disconnected, .spoolFull: .warning
      default: .info
      }
    setting.logger.log(level: level, "\(message)", metadata: ["notice": "\(kind)"])
    setting.configuration.onNotice?(Producer.Notice(kind: kind, message: message))
  }
}

extension Producer.Statistics {
  /// Counts a batch that was refused or expired.
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
