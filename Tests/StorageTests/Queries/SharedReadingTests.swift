import Ingest
import Synchronization
import TestSupport
import Testing

@testable import Storage
@testable import StoreInterface

@Suite struct SharedReadingTests {
  @Test func runsOneAtATimeAndServesAllWhoCameMeanwhileWithTheNext() async throws {
    let audits = Audits()
    let reading = SharedReading { await audits.run() }
    async let first = reading.value()
    try await audits.begun(1)
    let late = (0..<5).map { _ in Task { try await reading.value() } }
    try await waitUntil { await reading.waiting == 6 }
    await audits.end()
    let one = try await first
    try await audits.begun(2)
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
    let reading = SharedReading {
      isFirst.exchange(false, ordering: .relaxed) ? .failure(.closed) : .success(Audits.report(7))
    }
    await #expect(throws: QueryError.closed) { _ = try await reading.value() }
    let report = try await reading.value()
    #expect(report.findings.events == 7)
  }
}

/// Audits whose beginnings and ends a test controls.
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

  func begun(_ count: Int64) async throws {
    try await waitUntil { begun >= count && !ends.isEmpty }
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
