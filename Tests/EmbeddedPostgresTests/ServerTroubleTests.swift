import Synchronization
import Testing

@testable import EmbeddedPostgres

@Suite struct ServerTroubleTests {
  @Test func tellsAnObserverAlsoOfTroubleThatBeganBefore() {
    let trouble = ServerTrouble()
    let reasons = Mutex<[String?]>([])
    trouble.began("its socket is gone")
    trouble.observe { report in reasons.withLock { $0.append(report?.reason) } }
    #expect(reasons.withLock { $0 } == ["its socket is gone"])
    trouble.ended()
    trouble.began("it ended")
    #expect(reasons.withLock { $0 } == ["its socket is gone", nil, "it ended"])
  }

  @Test func keepsTheMomentWhenTheServerBecameUnreachable() throws {
    let trouble = ServerTrouble()
    let reports = Mutex<[ServerTrouble.Report]>([])
    trouble.observe { report in if let report { reports.withLock { $0.append(report) } } }
    trouble.began("it ended")
    trouble.began("it does not start")
    let seen = reports.withLock { $0 }
    #expect(seen.map(\.reason) == ["it ended", "it does not start"])
    #expect(seen.first?.since == seen.last?.since)
  }
}
