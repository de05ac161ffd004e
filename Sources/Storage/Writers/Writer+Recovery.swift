internal import Ingest
internal import Logging

/// What a writer does about a group that did not commit: it runs again, as a whole, in halves, or without an
/// event that can not be stored. No batch is dropped.
extension Writer {
  /// What is to become of a group whose attempt failed.
  func recover(_ group: [GroupMember], from failure: GroupFailure) {
    let verdict = RetryPolicy.verdict(on: failure.error)
    complain(failure.error, verdict)
    var group = group
    if verdict != .reconnect {
      for index in group.indices { group[index].keptConnection() }
    }
    switch verdict {
    case .reconnect:
      session = nil
      if failure.isBegun {
        pending.putBackHalves(of: afterLoss(group, failure.error))
      } else {
        pending.putBack(group)
      }
    case .contended:
      pending.putBackHalves(of: group)
    case .blocked:
      endOrphans()
      pending.putBackHalves(of: group)
    case .refused:
      return isolate(group, failure)
    case .wait:
      pending.putBack(group)
    }
    pause(verdict)
  }

  /// A batch that breaks every connection it is alone on must not do so for ever. Losses that a server
  /// announced (an administrator, a shutdown) are nobody's fault.
  private func afterLoss(_ group: [GroupMember], _ error: PostgresError) -> [GroupMember] {
    guard group.count == 1, error.state == .none else { return group }
    var member = group[0]
    let now = ContinuousClock.now
    if retries.blames(member.lostConnectionAlone(at: now), at: now) {
      member.quarantine(detail: error.message)
      logger.log(
        .error, "batch quarantined: it broke the connection too often",
        [.producer: "\(member.batch.key.producer)", .sequence: "\(member.batch.key.sequence)"])
    }
    return [member]
  }

  /// Marks the event that can not be stored, or cuts the group until it is found.
  private func isolate(_ group: [GroupMember], _ failure: GroupFailure) {
    if let place = failure.refused, namedRows < retries.namedRows {
      namedRows += 1
      var group = group
      group[place.member].markDead(
        place.position, .refusedByDatabase, detail: RefusedEvent.detail(failure.error))
      pending.putBack(group)
    } else if group.count > 1 {
      pending.putBackHalves(of: group)
    } else {
      search(group[0], failure.error)
    }
  }

  /// Finds every event of a batch that the database refuses, by halves.
  private func search(_ member: GroupMember, _ error: PostgresError) {
    guard let session else { return pending.putBack([member]) }
    let transaction = transaction(of: [member], on: session, memory: blank)
    var searched = member
    do throws(PostgresError) {
      let refused = try RefusedEventSearch.find(in: 0..<member.batch.received) {
        positions throws(PostgresError) in
        try transaction.accepts(positions)
      }
      for position in refused {
        searched.markDead(position, .refusedByDatabase, detail: RefusedEvent.detail(error))
      }
      pending.putBack([searched])
      // The rows are refused together but not one by one: nothing to blame, so it waits.
      if refused.isEmpty { pause(.wait) }
    } catch {
      recover([member], from: GroupFailure(error: error, refused: nil, isBegun: true))
    }
  }

  private func endOrphans() {
    do throws(PostgresError) {
      try session?.connection.execute(GroupStatements.endOrphans)
    } catch {
      // Without the right to do so the lock's holder ends by its own timeouts.
      logger.log(.debug, "orphaned backends could not be ended", [.error: "\(error.message)"])
    }
  }

  func pause(_ verdict: RetryPolicy.Verdict) {
    stop.pause(for: retries.pause(before: max(1, failures), verdict: verdict, using: &generator))
  }

  /// Takes note of trouble, and logs it: messages alone, since the details of an error may quote an event.
  func complain(_ error: PostgresError, _ verdict: RetryPolicy.Verdict) {
    let isTrouble = verdict == .wait || verdict == .reconnect
    guard isTrouble else {
      logger.log(
        .debug, "group runs again",
        [.verdict: "\(verdict)", .state: "\(error.state)", .error: "\(error.message)"])
      return
    }
    isComplaining = true
    availability.failed(.writer(settings.index), at: .now)
    guard let suppressed = complaints.pass(at: .now) else { return }
    logger.log(
      .error, "the database does not take events; waiting",
      [
        .writer: "\(settings.index)", .state: "\(error.state)", .error: "\(error.message)",
        .attempt: "\(failures)", .suppressed: "\(suppressed)",
      ])
  }
}
