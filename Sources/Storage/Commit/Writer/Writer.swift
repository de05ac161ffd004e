internal import Base
internal import Ingest
internal import Logging
internal import PostgresClient
internal import StoreInterface

/// Takes groups from the queue and commits them, until the queue is closed or the writer is told to stop.
///
/// A writer never drops a batch. While the database is unavailable, the writer waits and reports the outage.
/// Not Sendable, because one thread creates the writer and calls `run`.
final class Writer {
  let settings: WriterSettings
  let queue: any GroupSource
  let activity: IngestActivity
  let health: IngestHealth
  let stop: StopSignal
  let availability: Availability
  let logger: Logger
  let retries: RetryPolicy
  private var selector: StrategySelector
  /// A dedup cache that keeps no key, for groups that must not rely on the shared cache.
  let blank = DedupCache(capacity: 0)
  var generator = SystemRandomNumberGenerator()
  var session: WriterConnection?
  var complaints = LogLimiter(every: .seconds(10))
  var isDegraded = false

  var pending = PendingGroups()
  /// Batches that are set aside, because they failed while others were committed.
  var suspects = Suspects()
  /// Backends of the database that may be orphans of lost connections.
  var orphans = OrphanWatch()
  /// Whether the last group without a suspect was committed.
  var isCommittingOthers = false
  /// Limits the log lines about events and batches that were given up.
  var losses = LogLimiter(every: .seconds(10))
  /// Number of consecutive failed attempts since a group was last committed.
  var failures = 0
  /// Number of refused rows that errors named since the last group was taken.
  var namedRows = 0
  /// Number of attempts to commit a group that follow each other at once. Every later attempt is a
  /// `stagedInsert` without the dedup cache.
  private static let quickAttempts = 3

  init(
    _ settings: WriterSettings, queue: any GroupSource, activity: IngestActivity, health: IngestHealth,
    stop: StopSignal, availability: Availability, logger: Logger
  ) {
    self.settings = settings
    self.retries = settings.retries
    self.selector = StrategySelector(settings.strategy)
    self.queue = queue
    self.activity = activity
    self.health = health
    self.stop = stop
    self.availability = availability
    self.logger = logger
  }

  /// Takes and commits groups. Returns when the queue is closed and all batches that were taken are settled,
  /// or when the writer was told to stop.
  func run() {
    // Connect before the first group needs the connection. If this fails, the first group reports the error.
    // A writer for light producers may never be needed.
    if settings.share == .all { _ = try? connected() }
    while !stop.isSet {
      // A suspect and a group take turns, because the commits of groups are the evidence in the trial of a
      // suspect.
      let hasTried = trySuspect()
      if let group = pending.next() {
        commit(group)
      } else if !hasTried, !takeGroup() {
        return
      }
    }
  }

  /// Waits for batches, or until a suspect is due.
  /// - Returns: false when the queue is closed and everything is settled.
  private func takeGroup() -> Bool {
    renewStaging()
    let nextTrial = suspects.nextDue.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
    let timeout = min(nextTrial ?? settings.stagingAge, settings.stagingAge)
    switch queue.takeGroup(settings.limits, of: settings.share, within: timeout) {
    case .group(let batches):
      pending = PendingGroups(batches)
      namedRows = 0
      return true
    case .nothing: return true
    case .closed:
      guard let nextTrial else { return false }
      stop.pause(for: nextTrial)
      return true
    }
  }

  private func renewStaging() {
    do throws(PostgresError) {
      try session?.renewStaging(olderThan: settings.stagingAge, at: .now)
    } catch {
      logger.log(.debug, "the staging table could not be renewed", [.error: "\(error.message)"])
      if error.isConnectionLost { loseSession() }
    }
  }

  /// Makes one attempt, which may take several transactions. Batches that it does not settle are pending
  /// again afterwards.
  private func commit(_ group: [GroupMember]) {
    var group = group
    do throws(GroupFailure) {
      try attempt(&group)
      isCommittingOthers = true
    } catch {
      failures += 1
      isCommittingOthers = false
      activity.groupRetried()
      recover(group, from: error)
    }
  }

  /// Commits the group and settles its batches.
  ///
  /// A batch that only connections of another incarnation of the store wait for is given up: it is settled
  /// without a transaction, and removed from `group`, also when the attempt fails.
  func attempt(_ group: inout [GroupMember]) throws(GroupFailure) {
    let start = ContinuousClock.now
    let incarnation = try connected().incarnation
    precondition(!group.isEmpty, "a group has a batch")
    let discarded = queue.discard(from: group.map(\.batch), unlessOf: incarnation)
    if !discarded.isEmpty { group.removeAll { discarded.contains($0.batch.key) } }
    guard !group.isEmpty else { return }
    let (result, strategy) = try committed(group, in: incarnation)
    activity.groupCommitted(by: strategy)
    activity.topics.stored(result.topics)
    note(result, by: incarnation)
    if result.totals.conflicts > 0 { activity.conflictsFound(result.totals.conflicts) }
    availability.succeeded(.writer(settings.index))
    if isDegraded {
      logger.log(.info, "the database takes events again", [.writer: "\(settings.index)"])
    }
    isDegraded = false
    failures = 0
    if result.totals.unique > 0 { session?.storingGroups += 1 }
    settle(group, result, by: incarnation)
    reportStanding()
    let decided = result.outcomes.count { $0 != nil }
    if decided > 0 { report(result, strategy, decided, start.duration(to: .now)) }
  }

  /// Notes the counters after a commit. When a batch is replayed, the connection may have been lost after its first
  /// commit, and then nobody noted the counters of that commit. So they are read from the database again.
  private func note(_ result: GroupResult, by incarnation: StoreIncarnation) {
    if let row = result.counters {
      settings.counters.note(row, shard: settings.shard, by: incarnation)
    }
    let isReplayed = result.outcomes.contains { outcome in
      switch outcome {
      case .replayed, .countsUnknown: true
      default: false
      }
    }
    if isReplayed { settings.counters.expire() }
  }

  /// Commits the group with the strategy that the recent groups suggest. When the strategy does not suit the
  /// group, the group runs again at once, usually with another strategy.
  private func committed(
    _ group: [GroupMember], in incarnation: StoreIncarnation
  ) throws(GroupFailure) -> (GroupResult, StrategyName) {
    // On Citus no transaction may read events before it copies into them (`LookupThenCopy`), as a group does in its turn.
    selector.allowsTurns = settings.isolation == .readCommitted && session?.isDistributed != true
    // Before the choice, so that the strategy and the turn of this group follow the other writers, too.
    selector.join(conflicts: settings.conflicts.count)
    // Conflicts are counted among the events that are sent, and only `stagedInsert` without the dedup cache
    // sends every event.
    var strategy = settings.detectsConflicts ? .stagedInsert : selector.strategy
    var takesTurn = !settings.detectsConflicts && selector.takesTurn
    var experience: StrategySelector.Experience?
    var attempts = 0
    while true {
      let session = try connected()
      guard session.incarnation == incarnation else {
        throw GroupFailure(
          error: .lost("the new connection leads to another database than the group was meant for"),
          refused: nil, isBegun: false)
      }
      if !session.takesCopyIntoEvents || attempts >= Self.quickAttempts { strategy = .stagedInsert }
      let isBlank = settings.detectsConflicts || session.mayForget || attempts >= Self.quickAttempts
      let transaction = GroupTransaction(
        session: session, shard: settings.shard, isolation: settings.isolation, members: group,
        memory: isBlank ? blank : settings.memory, writer: settings.index,
        detectsConflicts: settings.detectsConflicts, takesTurn: takesTurn,
        turnTimeout: settings.turnTimeout)
      attempts += 1
      assert(attempts <= Self.quickAttempts || strategy == .stagedInsert, "the last resort is stagedInsert")
      let attempt = try transaction.commit(strategy)
      switch attempt.ending {
      case .committed(let result):
        if experience == .conflict { settings.conflicts.add() }
        selector.note(experience ?? (result.oldDuplicates > 0 ? .oldDuplicates : .clean))
        return (result, attempt.strategy)
      case .again(let reason):
        logger.log(.debug, "group runs again", [.strategy: "\(attempt.strategy)", .decision: "\(reason)"])
        switch reason {
        case .conflict:
          // After a lookup, only another server can have stored the key.
          experience = strategy.expectsNewKeys ? .oldDuplicates : .conflict
          if strategy == .lookupThenCopy, !takesTurn, selector.mayTakeTurns {
            takesTurn = true
          } else {
            strategy = strategy.afterConflict
          }
        case .dependencyTimeout, .turnTimeout:
          experience = .dependencyTimeout
          strategy = .stagedInsert
          takesTurn = false
        case .alreadyClaimed, .unsupported: strategy = .stagedInsert
        case .unknownError:
          experience = .unknownError
          strategy = .stagedInsert
        case .cacheInvalidated: break  // the same strategy again, with the cache as it is now
        }
      }
    }
  }

  func connected() throws(GroupFailure) -> WriterConnection {
    if let session, session.incarnation == settings.incarnations.current { return session }
    // Another connection found another database, so this connection may lead to a former primary.
    session = nil
    do throws(PostgresError) {
      let fresh = try WriterConnection(settings.connection, incarnations: settings.incarnations)
      session = fresh
      return fresh
    } catch {
      // The group is not at fault, because its transaction was not begun.
      throw GroupFailure(error: error, refused: nil, isBegun: false)
    }
  }

  private func settle(_ group: [GroupMember], _ result: GroupResult, by incarnation: StoreIncarnation) {
    let batches = group.map(\.batch)
    for (producer, session) in result.newerSessions {
      queue.supersede(producer, by: session, of: incarnation, in: batches)
    }
    assert(result.outcomes.count == group.count, "an answer for each batch")
    var unregistered: [GroupMember] = []
    for (member, outcome) in zip(group, result.outcomes) {
      if let outcome {
        activity.batchSettled(member.batch, outcome, at: .now)
        queue.settle(member.batch, outcome, by: incarnation)
      } else {
        unregistered.append(member)
      }
    }
    guard !unregistered.isEmpty else { return }
    pending.putBack(unregistered)
    registerAgain(unregistered)
  }

  /// Registers the producers of these batches again, because the database forgot the producers after their
  /// HELLO. A batch that was committed before counts as received again, because the ledger has lost it.
  private func registerAgain(_ members: [GroupMember]) {
    guard let connection = session?.connection else { return }
    do throws(PostgresError) {
      try ForgottenProducers.register(members.map(\.batch), over: connection)
    } catch {
      session = nil
      failures += 1
      let decision = RetryPolicy.decision(on: error)
      reportFailure(error, decision)
      pause(decision)
    }
  }

  private func report(_ result: GroupResult, _ strategy: StrategyName, _ batches: Int, _ duration: Duration) {
    let totals = result.totals
    logger.log(
      .debug, "group committed",
      [
        .writer: "\(settings.index)", .strategy: "\(strategy)", .batches: "\(batches)",
        .events: "\(totals.received)", .unique: "\(totals.unique)", .duplicate: "\(totals.duplicate)",
        .dead: "\(totals.dead)", .milliseconds: "\(duration.wholeMilliseconds)",
      ])
  }
}
