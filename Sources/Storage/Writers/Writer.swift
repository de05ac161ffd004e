internal import Ingest
internal import Logging

/// Takes groups from the queue and commits them, for ever, whatever the database does meanwhile.
///
/// Not Sendable: it lives on one thread, which makes it and calls `run`. It never drops a batch; while the
/// database is away it waits, and says so.
final class Writer {
  private let settings: WriterSettings
  private let queue: BatchQueue
  private let activity: IngestActivity
  private let stop: StopSignal
  private let availability: Availability
  private let logger: Logger
  private let retries = RetryPolicy()
  private var policy: WayPolicy
  /// A memory that knows nothing, for groups that are not to count on one.
  private let blank = RecentKeys(capacity: 0)
  private var generator = SystemRandomNumberGenerator()
  private var session: WriterSession?
  private var complaints = LogLimiter(every: .seconds(10))
  private var isComplaining = false

  private var pending = PendingGroups()
  /// How often the present group failed in a row.
  private var failures = 0
  /// Rows that errors named since the last group was taken.
  private var namedRows = 0
  /// Attempts to commit a group at once before it stops counting on the memory of recent keys.
  private static let quickAttempts = 3

  init(
    _ settings: WriterSettings, queue: BatchQueue, activity: IngestActivity, stop: StopSignal,
    availability: Availability, logger: Logger
  ) {
    self.settings = settings
    self.policy = WayPolicy(settings.way)
    self.queue = queue
    self.activity = activity
    self.stop = stop
    self.availability = availability
    self.logger = logger
  }

  /// Returns when the queue is closed and everything taken is settled, or when it was told to stop.
  func run() {
    // Before the first group needs it. Where it fails, that group will say so.
    _ = try? connected()
    while !stop.isSet, let batches = queue.takeGroup(settings.limits) {
      pending = PendingGroups(batches)
      namedRows = 0
      while !stop.isSet, let group = pending.next() {
        commit(group)
      }
    }
  }

  /// One attempt, which may take several transactions. What is not settled by it is pending again
  /// afterwards.
  private func commit(_ group: [GroupMember]) {
    let start = ContinuousClock.now
    do throws(GroupFailure) {
      let (result, way) = try committed(group)
      availability.succeeded(.writer(settings.index))
      if isComplaining {
        logger.log(.info, "the database takes events again", [.writer: "\(settings.index)"])
      }
      isComplaining = false
      failures = 0
      settle(group, result)
      let decided = result.outcomes.count { $0 != nil }
      if decided > 0 { report(result, way, decided, start.duration(to: .now)) }
    } catch {
      failures += 1
      activity.groupRetried()
      recover(group, from: error)
    }
  }

  /// Runs the group the way that suits what was seen lately, and at once another way where that was in vain.
  private func committed(_ group: [GroupMember]) throws(GroupFailure) -> (GroupResult, WritingWay) {
    // What is never sent can not be compared.
    var way = settings.detectsConflicts ? .staged : policy.way
    var memory = settings.detectsConflicts ? blank : settings.memory
    var experience: WayPolicy.Experience?
    var attempts = 0
    while true {
      var transaction = transaction(of: group, on: try connected(), memory: memory)
      attempts += 1
      switch try transaction.commit(way) {
      case .committed(let result):
        policy.note(experience ?? (result.oldDuplicates > 0 ? .oldDuplicates : .clean))
        return (result, way)
      case .again(let reason):
        logger.log(.debug, "group runs again", [.way: "\(way)", .verdict: "\(reason)"])
        if reason == .overtaken {
          experience = experience ?? (way == .straight ? .oldDuplicates : .overtaken)
          way = way.afterCollision
        }
        if reason == .claimedBefore { way = .staged }
        if reason == .leftAlone {
          experience = .overtaken
          way = .staged
        }
        if attempts >= Self.quickAttempts {
          way = .staged
          memory = blank
        }
      }
    }
  }

  private func connected() throws(GroupFailure) -> WriterSession {
    if let session { return session }
    do throws(PostgresError) {
      let fresh = try WriterSession(settings.connection, payloadType: settings.payloadType)
      session = fresh
      return fresh
    } catch {
      // Not a fault of the group: it was not even begun.
      throw GroupFailure(error: error, refused: nil, isBegun: false)
    }
  }

  private func transaction(
    of group: [GroupMember], on session: WriterSession, memory: RecentKeys
  ) -> GroupTransaction {
    GroupTransaction(
      session: session, shard: settings.shard, isolation: settings.isolation, members: group,
      memory: memory, writer: settings.index, detectsConflicts: settings.detectsConflicts)
  }

  private func settle(_ group: [GroupMember], _ result: GroupResult) {
    let batches = group.map(\.batch)
    for (producer, session) in result.newerSessions {
      queue.supersede(producer, by: session, in: batches)
    }
    assert(result.outcomes.count == group.count, "an answer for each batch")
    var homeless: [GroupMember] = []
    for (member, outcome) in zip(group, result.outcomes) {
      if let outcome {
        activity.batchSettled(member.batch, outcome, at: .now)
        queue.settle(member.batch, outcome)
      } else {
        homeless.append(member)
      }
    }
    guard !homeless.isEmpty else { return }
    pending.putBack(homeless)
    registerAgain(homeless)
  }

  /// Their producers were forgotten since they said HELLO. What they send counts as received again.
  private func registerAgain(_ members: [GroupMember]) {
    guard let connection = session?.connection else { return }
    do throws(PostgresError) {
      try ForgottenProducers.register(members.map(\.batch), over: connection)
    } catch {
      session = nil
      failures += 1
      let verdict = RetryPolicy.verdict(on: error)
      complain(error, verdict)
      pause(verdict)
    }
  }

  private func recover(_ group: [GroupMember], from failure: GroupFailure) {
    let verdict = RetryPolicy.verdict(on: failure.error)
    complain(failure.error, verdict)
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
    member.connectionsLostAlone += 1
    if member.connectionsLostAlone >= retries.connectionsLostAlone {
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

  private func pause(_ verdict: RetryPolicy.Verdict) {
    stop.pause(for: retries.pause(before: max(1, failures), verdict: verdict, using: &generator))
  }

  /// Takes note of trouble, and logs it: messages alone, since the details of an error may quote an event.
  private func complain(_ error: PostgresError, _ verdict: RetryPolicy.Verdict) {
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

  private func report(_ result: GroupResult, _ way: WritingWay, _ batches: Int, _ duration: Duration) {
    let totals = result.totals
    logger.log(
      .info, "group committed",
      [
        .writer: "\(settings.index)", .way: "\(way)", .batches: "\(batches)",
        .events: "\(totals.received)", .unique: "\(totals.unique)", .duplicate: "\(totals.duplicate)",
        .dead: "\(totals.dead)", .milliseconds: "\(duration.milliseconds)",
      ])
  }
}
