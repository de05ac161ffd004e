import HTTPTypes
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("GET /audit")
struct AuditRouteTests {
  private func server(events: Int64) -> TestServer {
    let counts = AuditReport.Counts(received: 9, unique: 6, duplicate: 2, dead: 1)
    let report = AuditReport(
      AuditReport.Findings(
        counters: counts, ledger: counts, expired: 1, events: events, deadEvents: 1, producers: 2,
        producerViolations: []))
    return TestServer(queries: MemoryQueries { $0.audit = report })
  }

  @Test func showsTheTermsOfALawThatHolds() async throws {
    let answer = try await server(events: 5).answer("/audit")
    #expect(answer.status == .ok)
    #expect(
      answer.text == """
        {"holds":true,"counters":{"received":9,"unique":6,"duplicate":2,"dead":1},\
        "ledger":{"received":9,"unique":6,"duplicate":2,"dead":1},"events":5,"expired":1,"dead_events":1,\
        "producers":2,"violations":[]}

        """)
  }

  @Test func failsWhenAnEventIsMissingAndNamesTheEquation() async throws {
    let answer = try await server(events: 4).answer("/audit")
    #expect(answer.status == .internalServerError)
    #expect(answer.headers[.contentType] == "application/json")
    #expect(
      answer.text.contains(#""violations":[{"law":"events_stored","producer":null,"expected":5,"found":4}]"#))
  }
}
