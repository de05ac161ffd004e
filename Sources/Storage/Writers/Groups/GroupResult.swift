internal import Ingest
internal import WireProtocol

/// What a committed transaction decided about the batches of its group.
struct GroupResult {
  /// How each member ended, in the order of the group; nil where the producer is not registered, so that
  /// nothing was decided.
  var outcomes: [BatchOutcome?]
  /// The producers that have newer sessions than some of their batches came from, with these sessions.
  var newerSessions: [ProducerID: Int64]
  /// The sums over the batches that this transaction counted.
  var totals: GroupTotals
  /// Keys that the database was sent, or asked about, and had already.
  var oldDuplicates: Int
}

/// Sums over batches.
struct GroupTotals: Hashable, Sendable {
  var batches = 0
  var received = 0
  var unique = 0
  var duplicate = 0
  var dead = 0
  /// Duplicates whose payload is not the stored one; 0 where nobody looks.
  var conflicts = 0

  static func += (sum: inout GroupTotals, counts: BatchCounts) {
    sum.batches += 1
    sum.received += Int(counts.received)
    sum.unique += Int(counts.unique)
    sum.duplicate += Int(counts.duplicate)
    sum.dead += Int(counts.dead)
  }
}

/// How an attempt to commit a group ended, where the database had nothing against it.
enum GroupEnding {
  /// It is durable.
  case committed(GroupResult)
  /// Nothing was decided: run it again at once, in a way that is right all the same.
  case again(Reason)

  /// Why.
  enum Reason: Hashable, Sendable {
    /// A key of the group was stored already, or in the meantime.
    case overtaken
    /// A batch of the group was claimed before, so that counts made beforehand were wrong.
    case claimedBefore
    /// Events were deleted, or a connection lost, since the memory of recent keys was asked.
    case forgotten
    /// Another writer's group, whose events this one counted on, did not commit.
    case leftAlone
  }
}

/// Why a group did not commit, or may not have.
struct GroupFailure: Error {
  /// What the database said.
  let error: PostgresError
  /// The event that it named.
  let refused: StagedPlace?
  /// Whether the transaction had begun; else there was no connection to begin it on.
  var isBegun = true
}
