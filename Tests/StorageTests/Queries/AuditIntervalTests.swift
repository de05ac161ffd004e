import StoreInterface
import Testing

/// Audits of a database whose tables have no common snapshot (`DistributedAudit`).
@Suite struct AuditIntervalTests {
  private func violations(_ events: Int64, stored: Int64 = 0, expired: Int64 = 0) -> [AuditReport.Violation] {
    let counts = AuditReport.Counts(received: 130, unique: 110, duplicate: 20, dead: 0)
    var findings = AuditReport.Findings(
      counters: counts, ledger: counts, expired: 10, events: events, deadEvents: 0, producers: 1,
      producerViolations: [])
    findings.storedMeanwhile = stored
    findings.expiredMeanwhile = expired
    return AuditReport(findings).violations
  }

  @Test(
    arguments: [(100, 0, 0), (105, 5, 0), (100, 5, 0), (97, 0, 3), (99, 5, 3), (105, 5, 3)]
      as [(Int64, Int64, Int64)])
  func holdWithinWhatWasStoredAndDeletedMeanwhile(_ events: Int64, _ stored: Int64, _ expired: Int64) {
    #expect(violations(events, stored: stored, expired: expired) == [])
  }

  @Test(
    arguments: [(99, 0, 0, 100), (101, 0, 0, 100), (106, 5, 0, 105), (96, 0, 3, 97)]
      as [(Int64, Int64, Int64, Int64)])
  func areViolatedOutside(_ events: Int64, _ stored: Int64, _ expired: Int64, _ expected: Int64) {
    let found = violations(events, stored: stored, expired: expired)
    #expect(found.map(\.law) == [.eventsStored] && found.map(\.expected) == [expected])
    #expect(found.map(\.found) == [events])
  }
}
