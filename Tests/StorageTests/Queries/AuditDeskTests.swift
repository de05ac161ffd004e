import Ingest
import Synchronization
import Testing

@testable import Storage

@Suite struct AuditDeskTests {
  @Test func runsOneAtATimeAndServesAllWhoCameMeanwhileWithTheNext() async throws {
    let audits = Audits()
    let desk = AuditDesk { await audits.run() }
    async let first = desk.report()
    await audits.begun(1)
    let late = (0..<5).map { _ in Task { try await desk.report() } }
    await audits.end()
    let one = try await first
    await audits.begun(2)
    await audits.end()
    #expect(one.findings.events == 1)
    for task in late {
      let report = try await task.value
      #expect(report.findings.events == 2)
    }
    #expect(await audits.most == 1)
  }

  @Test func aFailureIsNotRemembered() async throws {
    let isFirst = Atomic(true)
    let desk = AuditDesk {
      isFirst.exchange(false, ordering: .relaxed) ? .failure(.closed) : .success(Audits.report(7))
    }
    await #expect(throws: QueryError.closed) { _ = try await desk.report() }
    let report = try await desk.report()
    #expect(report.findings.events == 7)
  }
}

/// Audits that a test begins and ends.
private actor Audits {
  private var running = 0
  private var begun: Int64 = 0
  private(set) var most = 0
  private var ends: [CheckedContinuation<Void, Never>] = []

  func run() async -> Result<AuditReport, QueryError> {
    begun += 1
    running += 1
    most = max(most, running)
    let number = begun
    await withCheckedContinuation { ends.append($0) }
    running -= 1
    return .success(Self.report(number))
  }

  func begun(_ count: Int64) async {
    while begun < count || ends.isEmpty { await Task.yield() }
  }

  func end() {
    ends.removeFirst().resume()
  }

  static func report(_ events: Int64) -> AuditReport {
    let counts = AuditReport.Counts(received: 0, unique: 0, duplicate: 0, dead: 0)
    return AuditReport(
      AuditReport.Findings(
        counters: counts, ledger: counts, expired: 0, events: events, deadEvents: 0, producers: 0,
        producerViolations: []))
  }
}
