internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// The result of a committed transaction for the batches of its group.
struct GroupResult {
  /// The outcome of each member, in the order of the group; nil when the producer is not registered, because
  /// then the batch was neither committed nor refused.
  var outcomes: [BatchOutcome?]
  /// Producers whose registered session is newer than the session of one of their batches, with the
  /// registered session.
  var newerSessions: [ProducerID: Int64]
  /// The sums over the batches that this transaction claimed.
  var totals: GroupTotals
  /// Number of keys that were sent to the database or looked up there, and were stored already.
  var oldDuplicates: Int
  /// The purge generation that the claim read; nil when no batch was claimed.
  var purge: Int64?
  /// The stored events by topic.
  var topics = TopicCounts()
  /// The row of `counters` as the transaction left it; nil when it added nothing.
  var counters: StoreTotals?
}

/// Sums over batches.
struct GroupTotals: Hashable, Sendable {
  var batches = 0
  var received = 0
  var unique = 0
  var duplicate = 0
  var dead = 0
  /// Number of duplicates whose payload differs from the stored payload; 0 when conflicts are not counted.
  var conflicts = 0

  static func += (sum: inout GroupTotals, counts: BatchCounts) {
    sum.batches += 1
    sum.received += Int(counts.received)
    sum.unique += Int(counts.unique)
    sum.duplicate += Int(counts.duplicate)
    sum.dead += Int(counts.dead)
  }
}

/// An attempt to commit a group that did not fail with an error of the database.
struct GroupAttempt {
  /// The strategy that ran.
  let strategy: StrategyName
  /// The way in which the attempt ended.
  let ending: GroupEnding
}

/// The ending of an attempt that did not fail with an error of the database.
enum GroupEnding {
  /// The group is committed durably.
  case committed(GroupResult)
  /// The transaction was rolled back. The group runs again at once, with a strategy that the reason allows.
  case again(Reason)

  /// The reason why a group runs again.
  enum Reason: Hashable, Sendable {
    /// A key of the group was stored already, or was stored during the attempt.
    case conflict
    /// A batch of the group had been claimed before, so the counts that were computed before the claim were
    /// wrong.
    case alreadyClaimed
    /// Events were deleted or a connection was lost after the lookup in the dedup cache.
    case cacheInvalidated
    /// Another writer's group did not commit, or not in time, and this group had left out events that it
    /// stores.
    case dependencyTimeout
    /// The group did not get its turn among the groups of all servers in time.
    case turnTimeout
    /// The database does not let this role COPY into the table `events`.
    case unsupported
    /// A statement failed with an error that nobody knows. `stagedInsert` may succeed, because its statements are
    /// different.
    case unknownError
  }
}

/// The error by which a group did not commit, or may not have committed.
struct GroupFailure: Error {
  /// The database's error.
  let error: PostgresError
  /// The event that the error names; nil when it names none.
  let refused: StagedPlace?
  /// Whether the transaction had begun; false when there was no connection to begin it on.
  var isBegun = true
}
