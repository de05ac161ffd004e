import Logging
import SocketIO
import WireProtocol

extension Courier {
  /// How long a connection that said goodbye is read beyond what its server announced.
  private static let farewell = Duration.seconds(2)

  /// The session is over; its socket is closed here if it is not.
  func sessionEnded(_ session: Session, _ failure: ConnectionFailure) {
    session.close()
    leaving.removeAll { $0 === session }
    guard session === current else {
      if isLeaving, leaving.isEmpty { stop() }
      return
    }
    current = nil
    if session.lineage == nil { route.helloWasUnanswered() }
    if ContinuousClock.now - session.openedAt >= setting.configuration.longestPause { route.proved() }
    tell(.disconnected, "the connection ended: \(failure.text(at: place(session)))")
    failed(failure)
  }

  /// A connection, or an attempt to make one, failed.
  func failed(_ failure: ConnectionFailure) {
    switch route.failed(failure, now: .now, using: &generator) {
    case .connect(let endpoint, let pause):
      setting.logger.debug(
        "connecting again",
        metadata: [
          "endpoint": "\(setting.endpoints[endpoint])", "pause": "\(pause)",
          "reason": "\(failure.text(at: "the server"))",
        ])
      connect(to: endpoint, after: pause)
    case .renewIdentity(let endpoint, let pause):
      renewIdentity(failure)
      connect(to: endpoint, after: pause)
    case .giveUp(let error):
      giveUp(error)
    }
  }

  private func renewIdentity(_ failure: ConnectionFailure) {
    let identity = ProducerID.random(using: &generator)
    outbox.withOutbox { outbox, _ in outbox.renew(as: identity) }
    tell(
      .identityRenewed,
      "\(failure.text(at: "the server")); what is unsettled is sent again under the new identity \(identity)")
  }

  /// No attempt can help any more.
  func giveUp(_ reason: ProducerError) {
    var error = reason
    if error.code == .superseded, outbox.hasSpool {
      // The next producer over this spool is not to fight with the copy.
      let identity = ProducerID.random(using: &generator)
      outbox.withOutbox { outbox, _ in outbox.renew(as: identity) }
      error = .spoolCopied(reason, identity)
    }
    let end = outbox.end(error)
    if connections > 0 { setting.logger.error("the producer gave up: \(end)") }
    opened.fulfil(.failure(end))
    stop()
  }

  /// The session takes no more batches: it is read to its end while another one takes its place.
  func move(
    away session: Session, within: Duration, reason: String, _ now: ContinuousClock.Instant
  ) {
    session.closesBy = now + min(within, .seconds(60)) + Self.farewell
    session.leave(reason: "moving to another connection", now: now)
    guard session === current else { return }
    current = nil
    leaving.append(session)
    tell(.moving, "\(place(session)) takes no more batches: \(reason)")
    failed(.saidGoodbye)
  }

  /// Says goodbye, once nothing is left to be settled, and stops when the server has ended the connection.
  func leave(now: ContinuousClock.Instant) {
    guard let session = current, session.isOpen else { return stop() }
    isLeaving = true
    current = nil
    leaving.append(session)
    for session in leaving { session.closesBy = now + Self.farewell }
    session.leave(reason: "the producer is closed", now: now)
  }

  private func place(_ session: Session) -> String { "\(setting.endpoints[session.endpoint])" }

  /// Tells log and user.
  func tell(_ kind: Producer.Notice.Kind, _ message: String) {
    let level: Logger.Level =
      switch kind {
      case .lineageLoss, .spoolDamaged: .error
      case .identityRenewed, .storeAway, .disconnected: .warning
      default: .info
      }
    setting.logger.log(level: level, "\(message)", metadata: ["notice": "\(kind)"])
    setting.configuration.onNotice?(Producer.Notice(kind: kind, message: message))
  }
}
