public import Ingest

extension MaintenanceCounts {
  /// What `sluiced maintenance` prints.
  public var text: String {
    """
    pruned \(prunedBatches) batches from the ledger
    forgot \(forgottenProducers) producers
    deleted \(expiredEvents) events and \(expiredDeadEvents) dead events
    """
  }
}
