public import WireProtocol

/// How a queued batch ended.
public enum BatchOutcome: Hashable, Sendable {
  /// Its transaction committed just now.
  case committed(BatchCounts)
  /// An earlier transaction had committed it; these are the counts of then.
  case replayed(BatchCounts)
  /// It was committed so long ago that its ledger row is pruned.
  case countsUnknown
  /// Its sequence was used for other bytes. Not counted as received.
  case sequenceReused
}

/// Somebody who waits for batches to settle: a TCP session or an HTTP request.
public protocol SettlementObserver: AnyObject, Sendable {
  /// Called once for each batch, on a writer's thread: it must return at once.
  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome)
  /// The producer registered a newer session elsewhere; the connection of `session` is to be closed.
  func sessionSuperseded(_ producer: ProducerID, by session: Int64)
}
