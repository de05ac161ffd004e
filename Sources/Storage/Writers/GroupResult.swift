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
}

/// Sums over batches.
struct GroupTotals: Hashable, Sendable {
  var batches = 0
  var received = 0
  var unique = 0
  var duplicate = 0
  var dead = 0

  static func += (sum: inout GroupTotals, counts: BatchCounts) {
    sum.batches += 1
    sum.received += Int(counts.received)
    sum.unique += Int(counts.unique)
    sum.duplicate += Int(counts.duplicate)
    sum.dead += Int(counts.dead)
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
