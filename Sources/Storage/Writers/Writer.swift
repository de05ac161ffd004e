internal import Ingest
internal import Logging

/// Takes groups from the queue and commits them, for ever, whatever the database does meanwhile.
///
/// Not Sendable: it lives on one thread, which makes it and calls `run`. It never drops a batch; while the
/// database is away it waits, and says so.
final class Writer {
  let settings: WriterSettings
  let queue: BatchQueue
  private let activity: IngestActivity
  let stop: StopSignal
  let availability: Availability
  let logger: Logger
  let retries: RetryPolicy
  private var policy: WayPolicy
  /// A memory that knows nothing, for groups that are not to count on one.
  let blank = RecentKeys(capacity: 0)
  var generator = SystemRandomNumberGenerator()
  var session: WriterSession?
  var complaints = LogLimiter(every: .seconds(10))
  var isComplaining = false

  var pending = PendingGroups()
  /// How often the present group failed in a row.
  var failures = 0
  /// Rows that errors named since the last group was taken.
  var namedRows = 0
  /// Attempts to commit a group at once before it stops counting on the memory of recent keys.
  private static let quickAttempts = 3

  init(
    _ settings: WriterSettings, queue: BatchQueue, activity: IngestActivity, stop: StopSignal,
    availability: Availability, logger: Logger
  ) {
    self.settings = settings
    self.retries = settings.retries
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
          experience = way == .straight ? .oldDuplicates : .overtaken
          way = way.afterCollision
        }
        if reason == .claimedBefore { way = .staged }
        if reason == .leftAlone {
          experience = .leftAlone
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

  func transaction(
    of group: [GroupMember], on session: WriterSession, memory: RecentKeys
  ) -> GroupTransaction {
    GroupTransaction(
      session: session, shard: settings.shard, isolation: settings.isolation, members: group,
      memory: memory, writer: settings.index, detectsConflicts: settings.detectsConflicts,
      takesOneTrip: settings.way == .auto)
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
