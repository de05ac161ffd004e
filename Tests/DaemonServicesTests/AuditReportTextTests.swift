import DaemonServices
import Ingest
import StoreInterface
import Testing

struct AuditReportTextTests {
  private func report(events: Int64) -> AuditReport {
    let counts = AuditReport.Counts(received: 10, unique: 6, duplicate: 3, dead: 1)
    return AuditReport(
      AuditReport.Findings(
        counters: counts, ledger: counts, expired: 2, events: events, deadEvents: 1, producers: 1,
        producerViolations: []))
  }

  @Test func showsTheTermsOfTheLaw() {
    #expect(
      report(events: 4).text
        == "received 10 = unique 6 + duplicate 3 + dead 1\nevents 4 = unique 6 - expired 2")
  }

  @Test func showsDeadEventsWhenSomeExpired() {
    let counts = AuditReport.Counts(received: 3, unique: 0, duplicate: 0, dead: 3)
    let report = AuditReport(
      AuditReport.Findings(
        counters: counts, ledger: counts, expired: 0, expiredDead: 2, events: 0, deadEvents: 1, producers: 1,
        producerViolations: []))
    #expect(report.holds && report.text.hasSuffix("\ndead events 1 = dead 3 - expired 2"))
  }

  @Test func addsALineForEachEquationThatDoesNotHold() {
    let broken = report(events: 5)
    #expect(broken.violations.count == 1)
    #expect(
      broken.text.split(separator: "\n").dropFirst(2).map(String.init) == broken.violations.map(\.description)
    )
  }
}
