public import WireProtocol

/// The counters of this process since its start. All values only rise, except `connections` and
/// `overdueSince`.
///
/// The counters are read one after the other, so an event that is counted meanwhile may be in some of them
/// only.
public struct ActivitySnapshot: Hashable, Sendable {
  /// Number of batches that the queue accepted.
  public var acceptedBatches = 0
  /// Events of the accepted batches.
  public var acceptedEvents = 0
  /// Raw bytes of the accepted batches.
  public var acceptedBytes = 0
  /// Number of batches that a transaction of this process committed.
  public var committedBatches = 0
  /// Events stored.
  public var uniqueEvents = 0
  /// Events whose key was already stored.
  public var duplicateEvents = 0
  /// Events that cannot be stored.
  public var deadEvents = 0
  /// Duplicates whose payload differs from the stored one, while conflicts are counted.
  public var conflicts = 0
  /// Dead events that were published again.
  public var republishedEvents = 0
  /// Number of batches that an earlier transaction had committed.
  public var replayedBatches = 0
  /// Bytes received on sockets, as sent.
  public var receivedBytes = 0
  /// Numbers of groups that were committed, by the commit strategy; strategies without a group are absent.
  public var committedGroups: [StrategyName: Int] = [:]
  /// Number of times that a group was repeated after an error.
  public var groupRetries = 0
  /// Times at which credit was held back because a quota was used up.
  public var creditDelays = 0
  /// Connections that are open now.
  public var connections = 0
  /// Number of connections that were opened.
  public var openedConnections = 0
  /// Rows that the maintenance of this process changed.
  public var maintenance = MaintenanceCounts()
  /// Time since which the oldest event that retention found is overdue for deletion; nil when none is left.
  public var overdueSince: ContinuousClock.Instant?
  /// Counts by input.
  public var inputs: [InputName: InputCounts] = [:]
  /// Refusals by error code; codes without a refusal are absent.
  public var refusals: [ErrorCode: Int] = [:]

  /// Creates counters of zero.
  public init() {}

  /// Number of connections that have ended.
  public var endedConnections: Int { openedConnections - connections }

  /// Events of committed batches.
  public var committedEvents: Int { uniqueEvents + duplicateEvents + deadEvents }
}

/// Numbers of rows that maintenance changed in the database.
public struct MaintenanceCounts: Hashable, Sendable {
  /// Ledger rows whose counts were added to the sums of their producers.
  public var prunedBatches = 0
  /// Producers whose sums were added to the row of forgotten producers.
  public var forgottenProducers = 0
  /// Events that were deleted because of their age.
  public var expiredEvents = 0
  /// Dead events that were deleted because of their age.
  public var expiredDeadEvents = 0
  /// Dead events that are stored as events now.
  public var returnedEvents = 0

  /// Creates counts of zero.
  public init() {}

  /// Adds the counts of a later round.
  public static func += (sum: inout MaintenanceCounts, counts: MaintenanceCounts) {
    sum.prunedBatches += counts.prunedBatches
    sum.forgottenProducers += counts.forgottenProducers
    sum.expiredEvents += counts.expiredEvents
    sum.expiredDeadEvents += counts.expiredDeadEvents
    sum.returnedEvents += counts.returnedEvents
  }
}
