internal import Base
internal import Ingest
internal import Logging
internal import PostgresClient

/// Handling of a batch that fails alone while others are committed.
extension Writer {
  /// Sets aside a batch that failed alone, so that other batches go on.
  func setAside(_ member: GroupMember, _ error: PostgresError) {
    suspects.append(Suspect(member, error, at: .now, retries: retries))
    logger.log(
      .warning, "a batch is set aside because it fails alone; others go on",
      [
        .producer: "\(member.batch.key.producer)", .sequence: "\(member.batch.key.sequence)",
        .state: "\(error.state)", .error: "\(error.message)",
      ])
  }

  /// Tries the suspect that is due, after its control.
  /// - Returns: false when no suspect is due.
  func trySuspect() -> Bool {
    guard var suspect = suspects.takeDue(at: .now) else { return false }
    guard hasConnection() else {
      suspect.waitsForDatabase(at: .now, retries: retries)
      suspects.append(suspect)
      return true
    }
    guard takesControl(of: suspect.member) else {
      suspect.postponed(at: .now, retries: retries)
      suspects.append(suspect)
      return true
    }
    // Groups that were stored before the last trial do not count, because everything may be refused since
    // then.
    let hasCompany = (session?.storingGroups ?? 0) > 0
    session?.storingGroups = 0
    do throws(GroupFailure) {
      var group = [suspect.member]
      try attempt(&group)
    } catch {
      activity.groupRetried()
      reportTrialFailure(error.error, suspect)
      if RetryPolicy.decision(on: error.error) == .reconnect { loseSession() }
      suspect.failed(error.error, isEvidence: hasCompany, at: .now, retries: retries)
      judge(suspect)
    }
    return true
  }

  /// Reports a trial that failed. While other groups are committed, the failure is not reported as a failure
  /// of the database.
  private func reportTrialFailure(_ error: PostgresError, _ suspect: Suspect?) {
    guard isCommittingOthers else { return reportFailure(error, RetryPolicy.decision(on: error)) }
    reportRejected(error, since: suspect?.member.failingSince)
    logger.log(.debug, "a trial failed", [.state: "\(error.state)", .error: "\(error.message)"])
  }

  private func reportRejected(_ error: PostgresError, since: ContinuousClock.Instant?) {
    health.report(
      component, .rejected, "a batch fails while others are committed: \(error.problemReason)", since: since,
      at: .now)
  }

  private func hasConnection() -> Bool {
    do throws(GroupFailure) {
      _ = try connected()
      return true
    } catch {
      isCommittingOthers = false
      reportFailure(error.error, .reconnect)
      return false
    }
  }

  /// Whether a harmless group of the same size can be sent on the writer's connection.
  private func takesControl(of member: GroupMember) -> Bool {
    // Without living events there is nothing to send.
    guard member.livingCount > 0 else { return true }
    guard let session, let control = ControlGroup(of: member) else { return false }
    do throws(PostgresError) {
      try StagedTrial(session: session).send(control.member)
      return true
    } catch {
      reportTrialFailure(error, nil)
      if error.isConnectionLost { loseSession() }
      return false
    }
  }

  /// Gives up the events or the batch if there is enough evidence; otherwise the suspect waits for its next
  /// trial.
  private func judge(_ suspect: Suspect) {
    guard let evidence = suspect.evidence, retries.blames(evidence, at: .now) else {
      return suspects.append(suspect)
    }
    guard suspect.error.isConnectionLost else { return convictEvents(of: suspect) }
    var member = suspect.member
    member.quarantine(detail: RefusedEvent.detail(suspect.error))
    pending.putBack([member])
    logLoss(
      "batch quarantined: it breaks each connection on which others are committed", member, suspect.error)
  }

  /// Finds the events that the database refuses when each is tried alone, with the same error as the whole
  /// batch.
  private func convictEvents(of suspect: Suspect) {
    var (suspect, member) = (suspect, suspect.member)
    do throws(PostgresError) {
      let refused = try refusedPositions(in: member) { error in error.state == suspect.error.state }
      guard !refused.isEmpty else { return suspects.append(suspect) }
      for position in refused {
        member.markDead(
          position, .refusedByDatabase, detail: RefusedEvent.detail(suspect.error), mayReturn: true)
      }
      pending.putBack([member])
      logLoss("events given up: the database refuses them but accepts others", member, suspect.error)
    } catch {
      if error.isConnectionLost { loseSession() }
      suspect.postponed(at: .now, retries: retries)
      suspects.append(suspect)
    }
  }

  private func logLoss(_ message: Logger.Message, _ member: GroupMember, _ error: PostgresError) {
    guard let suppressed = losses.pass(at: .now) else { return }
    logger.log(
      .error, message,
      [
        .producer: "\(member.batch.key.producer)", .sequence: "\(member.batch.key.sequence)",
        .dead: "\(member.dead.count)", .state: "\(error.state)", .error: "\(error.message)",
        .suppressed: "\(suppressed)",
      ])
  }

  /// The positions of a batch whose events the database refuses when each is tried alone.
  /// - Parameter isRefusal: Whether an error counts against the events; other errors are thrown.
  func refusedPositions(
    in member: GroupMember, where isRefusal: (PostgresError) -> Bool
  ) throws(PostgresError) -> [Int] {
    guard let session else { throw PostgresError.lost("there is no connection") }
    let trial = StagedTrial(session: session)
    return try RefusedEventSearch.find(in: 0..<member.batch.received) { positions throws(PostgresError) in
      do throws(PostgresError) {
        try trial.store(positions, of: member)
        return true
      } catch {
        guard !error.isConnectionLost, isRefusal(error) else { throw error }
        return false
      }
    }
  }

  /// Drops a connection that broke, and clears the dedup cache.
  func loseSession() {
    session = nil
    settings.memory.drop()
  }

  /// Updates the writer's health after a group was committed.
  func reportStanding() {
    if let suspect = suspects.first {
      reportRejected(suspect.error, since: suspect.member.failingSince)
    } else if !pending.isFailing {
      health.end(component)
    }
  }
}
