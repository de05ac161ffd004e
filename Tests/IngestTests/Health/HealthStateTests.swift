import Ingest
import Testing

struct HealthStateTests {
  private let start = ContinuousClock.now
  private let idle = QueueProgress(oldest: nil, settled: 0)
  private var state = HealthState(threshold: .seconds(5))

  @Test mutating func aProblemCountsOnceItHasLastedForTheThreshold() {
    state.report("writer 0", .blocked, "lock timeout", at: start)
    #expect(state.summary(of: idle, at: start + .milliseconds(4_999)).problems == [])
    let report = state.summary(of: idle, at: start + .seconds(5))
    #expect(report.problems.map(\.kind) == [.blocked])
    #expect(report.problems.first?.reason == "lock timeout")
    #expect(report.isFailure)
  }

  @Test mutating func aProblemThatChangesItsKindKeepsItsBeginning() {
    state.report("writer 0", .blocked, "lock timeout", at: start)
    state.report("writer 0", .cancelled, "statement timeout", at: start + .seconds(4))
    let problems = state.summary(of: idle, at: start + .seconds(6)).problems
    #expect(problems.map(\.kind) == [.cancelled])
    #expect(problems.first?.since == start)
  }

  @Test mutating func aProblemThatEndedHasANewBeginning() {
    state.report("writer 0", .blocked, "lock timeout", at: start)
    state.end("writer 0")
    state.report("writer 0", .blocked, "lock timeout", at: start + .seconds(4))
    #expect(state.summary(of: idle, at: start + .seconds(6)).problems == [])
  }

  @Test mutating func theEndOfOneComponentsProblemDoesNotHideAnothers() {
    state.report("writer 0", .refusing, "disk full", at: start)
    state.report("writer 1", .refusing, "disk full", at: start + .seconds(1))
    state.end("writer 0")
    let problems = state.summary(of: idle, at: start + .seconds(7)).problems
    #expect(problems.map(\.component) == ["writer 1"])
  }

  @Test mutating func aStalledQueueIsAProblemEvenIfNoComponentReportsOne() {
    let queue = QueueProgress(oldest: start, settled: 7)
    _ = state.summary(of: queue, at: start)
    #expect(state.summary(of: queue, at: start + .seconds(4)).problems == [])
    let report = state.summary(of: queue, at: start + .seconds(5))
    #expect(report.problems.map(\.kind) == [.stalled])
    #expect(report.oldestBatch == start)
    #expect(report.isFailure)
  }

  @Test mutating func aSlowQueueIsAProblemButNoFailure() {
    for second in 0...6 {
      let report = state.summary(
        of: QueueProgress(oldest: start, settled: second), at: start + .seconds(second))
      #expect(report.problems.map(\.kind) == (second < 5 ? [] : [.behind]))
      #expect(!report.isFailure)
    }
  }

  @Test mutating func aWaitThatAComponentExplainsIsNotReportedTwice() {
    state.report("writer 0", .blocked, "lock timeout", at: start)
    let report = state.summary(of: QueueProgress(oldest: start, settled: 0), at: start + .seconds(5))
    #expect(report.problems.map(\.component) == ["writer 0"])
  }

  @Test func aReasonIsOneLineOfBoundedLength() {
    let problem = HealthProblem(
      component: "writer 0", kind: .refusing, reason: "a\u{1B}b\nsecond line", since: start)
    #expect(problem.reason == "ab")
    let long = HealthProblem(
      component: "writer 0", kind: .refusing, reason: String(repeating: "x", count: 1_000), since: start)
    #expect(long.reason.count == 300)
  }
}
