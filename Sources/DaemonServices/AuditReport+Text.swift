public import Ingest

extension AuditReport {
  /// What `sluiced audit` prints: the terms of the law, and a line for each equation that does not hold.
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
