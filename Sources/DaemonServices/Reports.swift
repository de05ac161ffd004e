public import Ingest
public import StoreInterface

extension AuditReport {
  /// The output of `sluiced audit`: the terms of the conservation law, and a line for each equation that does
  /// not hold.
  public var text: String {
    let counters = findings.counters
    let terms =
      "received \(counters.received) = unique \(counters.unique) + duplicate \(counters.duplicate)"
      + " + dead \(counters.dead)"
    let stored = "events \(findings.events) = unique \(counters.unique) - expired \(findings.expired)"
    let kept =
      "dead events \(findings.deadEvents) = dead \(counters.dead) - expired \(findings.expiredDead)"
    return ([terms, stored] + (findings.expiredDead == 0 ? [] : [kept]) + violations.map(\.description))
      .joined(separator: "\n")
  }
}

extension MaintenanceCounts {
  /// The output of `sluiced maintenance`.
  public var text: String {
    """
    pruned \(prunedBatches) batches from the ledger
    forgot \(forgottenProducers) producers
    deleted \(expiredEvents) events and \(expiredDeadEvents) dead events
    stored \(returnedEvents) dead events as events
    """
  }
}
