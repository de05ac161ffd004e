/// What maintenance removed from the database.
public struct MaintenanceCounts: Hashable, Sendable {
  /// Rows of the ledger whose counts went into their producers' sums.
  public var prunedBatches = 0
  /// Producers whose sums went into the row of forgotten ones.
  public var forgottenProducers = 0
  /// Events deleted because of their age.
  public var expiredEvents = 0
  /// Dead events deleted because of their age.
  public var expiredDeadEvents = 0

  /// Nothing.
  public init() {}

  /// Adds what was removed later.
  public static func += (sum: inout MaintenanceCounts, counts: MaintenanceCounts) {
    sum.prunedBatches += counts.prunedBatches
    sum.forgottenProducers += counts.forgottenProducers
    sum.expiredEvents += counts.expiredEvents
    sum.expiredDeadEvents += counts.expiredDeadEvents
  }
}
