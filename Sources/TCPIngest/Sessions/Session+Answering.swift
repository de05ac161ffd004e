import Ingest
import Logging
import SocketIO
import WireProtocol

extension Session {
  /// Writers left answers.
  func mailArrived() {
    guard isOpen else { return }
    let now = ContinuousClock.now
    deliver(answers.take(), at: now)
    flush(at: now)
  }

  /// Tells the machine what became of batches.
  func deliver(_ mail: SettlementMailbox.Mail, at now: ContinuousClock.Instant) {
    for (sequence, outcome) in mail.settled { settled(sequence, outcome) }
    if let newer = mail.supersededBy, let session, session < newer {
      fail(WireError(.superseded, "the producer opened a newer connection (session \(newer))"), at: now)
    }
  }

  private func settled(_ sequence: UInt64, _ outcome: BatchOutcome) {
    switch outcome {
    case .committed(let counts):
      machine.committed(CommittedBatch(sequence: sequence, counts: counts, isReplay: false))
    case .replayed(let counts):
      machine.committed(CommittedBatch(sequence: sequence, counts: counts, isReplay: true))
    case .countsUnknown:
      machine.committed(CommittedBatch(sequence: sequence, counts: nil, isReplay: true))
    case .sequenceReused:
      machine.refused(sequence, .sequenceReused(sequence))
    }
  }

  /// Looks at the time limits.
  func tick(at now: ContinuousClock.Instant) {
    if let lingerUntil {
      if now >= lingerUntil { close() }
      return
    }
    refuseExpired(at: now)
    let away = services.store.awaySince.map { now - $0 } ?? .zero
    if case .close(let error) = machine.tick(now: now, storeAway: max(away, .zero)) { refuse(error, at: now) }
    flush(at: now)
  }

  /// The server is about to stop.
  func drain(within: Duration, at now: ContinuousClock.Instant) {
    guard isOpen else { return }
    if case .close(let error) = machine.drain(within: within) { refuse(error, at: now) }
    flush(at: now)
  }

  /// Ends the connection for a reason that the machine does not know yet.
  func fail(_ error: WireError, delay: Duration = .zero, at now: ContinuousClock.Instant) {
    _ = machine.fail(error, delay: delay)
    refuse(error, at: now)
  }

  /// The machine has ended the connection: sends its last words.
  func refuse(_ error: WireError, at now: ContinuousClock.Instant) {
    services.activity.refused(error.code)
    surroundings.refusals.log("ended a connection", at: now) { errorMetadata(error) }
    flush(at: now)
    linger(from: now)
  }

  func reachedEnd(of socket: StreamSocket) {
    guard lingerUntil == nil else { return close() }
    // The end may come in the turn of the last batches, whose answers the peer can still read.
    flush(at: ContinuousClock.now)
    machine.peerEnded()
    if machine.isFinished { close() }
  }

  func failed(_ error: SocketError, on socket: StreamSocket) {
    dismiss()
  }

  var peerMetadata: Logger.Metadata {
    var metadata: Logger.Metadata = ["peer": "\(socket.peer?.description ?? "-")"]
    if let producer = machine.producer { metadata["producer"] = "\(producer)" }
    return metadata
  }

  func errorMetadata(_ error: WireError) -> Logger.Metadata {
    peerMetadata.merging(["error.code": "\(error.code.name)", "error": "\(error.message)"]) { $1 }
  }
}
