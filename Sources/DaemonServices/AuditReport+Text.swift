public import Ingest

extension AuditReport {
  /// What `sluiced audit` prints: the terms of the law, and a line for each equation that does not hold.
  public var text: String {
    let counters = findings.counters
    let terms =
      "received \(counters.received) = unique \(counters.unique) + duplicate \(counters.duplicate)"
      + " + dead \(counters.dead)"
    let stored = "events \(findings.events) = unique \(counters.unique) - expired \(findings.expired)"
    return ([terms, stored] + violations.map(\.description)).joined(separator: "\n")
  }
}
