internal import Base
internal import Ingest
internal import Logging
internal import PostgresClient

/// Recovery of a group that did not commit: it runs again, as a whole, in halves, or without an event that
/// cannot be stored. No batch is dropped.
extension Writer {
  /// Decides how a group whose attempt failed goes on.
  func recover(_ group: [GroupMember], from failure: GroupFailure) {
    precondition(!group.isEmpty, "a group that failed has a batch")
    let decision = RetryPolicy.decision(on: failure.error)
    reportFailure(failure.error, decision)
    let now = ContinuousClock.now
    var group = group
    for index in group.indices { group[index].failed(at: now) }
    let isOverdue = (group[0].failingSince ?? now).duration(to: now) >= retries.timeAlone
    switch decision {
    case .reconnect:
      session = nil
      // Without a connection the group was not tried.
      guard failure.isBegun else {
        pending.putBack(group)
        break
      }
      runLater(group, inHalves: true, isOverdue: isOverdue, failure.error)
    case .contended:
      runLater(group, inHalves: true, isOverdue: isOverdue, failure.error)
    case .blocked:
      endOrphans()
      runLater(group, inHalves: true, isOverdue: isOverdue, failure.error)
    case .refused:
      return isolate(group, failure)
    case .wait:
      // The group stays whole at first, because halves only cost more attempts as long as nothing is known to
      // succeed.
      runLater(group, inHalves: isOverdue, isOverdue: isOverdue, failure.error)
    }
    pause(decision)
  }

  /// Makes the group run again after the other groups. A batch that has failed alone for long is set aside.
  private func runLater(_ group: [GroupMember], inHalves: Bool, isOverdue: Bool, _ error: PostgresError) {
    if isOverdue, group.count == 1 {
      setAside(group[0], error)
    } else {
      pending.putBackLast(group, inHalves: inHalves)
    }
  }

  /// Marks the event that cannot be stored, or cuts the group into halves until the event is found.
  private func isolate(_ group: [GroupMember], _ failure: GroupFailure) {
    if let place = failure.refused, namedRows < retries.namedRows {
      namedRows += 1
      precondition(group.indices.contains(place.member), "the error names a batch of the group")
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
    var searched = member
    do throws(PostgresError) {
      let refused = try refusedPositions(in: member) { RetryPolicy.isDataError($0.state) }
      // The database refuses the events together but accepts each alone. No event can be blamed, so the batch
      // waits.
      guard !refused.isEmpty else { return setAside(member, error) }
      for position in refused {
        searched.markDead(position, .refusedByDatabase, detail: RefusedEvent.detail(error))
      }
      pending.putBack([searched])
    } catch {
      recover([member], from: GroupFailure(error: error, refused: nil, isBegun: true))
    }
  }

  /// Ends backends of this program that hold a transaction open and receive nothing from their client, such
  /// as a backend whose server vanished during a COPY. No timeout of Postgres 15 ends such a backend.
  private func endOrphans() {
    guard let connection = session?.connection else { return }
    do throws(PostgresError) {
      let seen = try connection.query(OrphanWatch.waitingBackends(age: retries.orphanAge))
      for orphan in orphans.orphans(among: seen, age: retries.orphanAge, at: .now) {
        _ = try connection.query(OrphanWatch.end(orphan))
      }
    } catch {
      // Without the permission to end it, the backend that holds the lock ends by its own timeouts.
      logger.log(.debug, "orphaned backends could not be ended", [.error: "\(error.message)"])
    }
  }

  /// The writer's name in `IngestHealth`.
  var component: String { "writer \(settings.index)" }

  func pause(_ decision: RetryPolicy.Decision) {
    stop.pause(for: retries.pause(before: max(1, failures), decision: decision, using: &generator))
  }

  /// Reports and logs a failure. The log has only the message of the error, because its details may quote an
  /// event.
  func reportFailure(_ error: PostgresError, _ decision: RetryPolicy.Decision) {
    health.report(component, .init(error), error.problemReason, at: .now)
    let isTrouble = decision == .wait || decision == .reconnect
    guard isTrouble else {
      logger.log(
        .debug, "group runs again",
        [.decision: "\(decision)", .state: "\(error.state)", .error: "\(error.message)"])
      return
    }
    isDegraded = true
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
