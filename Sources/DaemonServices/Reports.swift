public import DaemonConfiguration
public import Ingest
public import StoreInterface
internal import WireProtocol

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

extension AuditReport {
  /// The output of `sluiced audit --json`, with the members of `GET /audit`.
  public var json: JSONReport {
    .object([
      "holds": .boolean(holds), "counters": findings.counters.json, "ledger": findings.ledger.json,
      "events": .integer(findings.events), "expired": .integer(findings.expired),
      "dead_events": .integer(findings.deadEvents), "producers": .integer(findings.producers),
      "violations": .array(
        violations.map { violation in
          .object([
            "law": .string(violation.law.rawValue), "producer": .optional(violation.producer?.description),
            "expected": .integer(violation.expected), "found": .integer(violation.found),
          ])
        }),
    ])
  }
}

extension AuditReport.Counts {
  fileprivate var json: JSONReport {
    .object([
      "received": .integer(received), "unique": .integer(unique), "duplicate": .integer(duplicate),
      "dead": .integer(dead),
    ])
  }
}

extension MaintenanceCounts {
  /// The output of `sluiced maintenance --json`.
  /// - Parameter counts: Nil when another server runs maintenance at this moment, so that nothing was done.
  public static func json(_ counts: MaintenanceCounts?) -> JSONReport {
    guard let counts else { return .object(["ran": .boolean(false)]) }
    return .object([
      "ran": .boolean(true), "pruned_batches": .integer(Int64(counts.prunedBatches)),
      "forgotten_producers": .integer(Int64(counts.forgottenProducers)),
      "expired_events": .integer(Int64(counts.expiredEvents)),
      "expired_dead_events": .integer(Int64(counts.expiredDeadEvents)),
      "returned_events": .integer(Int64(counts.returnedEvents)),
    ])
  }

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
