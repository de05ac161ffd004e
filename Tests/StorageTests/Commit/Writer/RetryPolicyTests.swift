import Testing

@testable import PostgresClient
@testable import Storage

@Suite struct RetryPolicyTests {
  private func error(_ state: SQLState, lost: Bool = false, context: String? = nil) -> PostgresError {
    PostgresError(state: state, message: "a message", context: context, isConnectionLost: lost)
  }

  @Test(
    arguments: [
      ("40001", .contended), ("40P01", .contended), ("57014", .contended), ("55P03", .blocked),
      ("22001", .refused), ("22003", .refused), ("22008", .refused), ("22021", .refused),
      ("22026", .refused), ("22P02", .refused), ("22P05", .refused), ("54000", .refused),
      ("25006", .reconnect),
      // Faults of the environment: no event is dead-lettered because of them.
      ("23514", .wait), ("23502", .wait), ("23505", .wait), ("42501", .wait), ("42P01", .wait),
      ("53100", .wait), ("53200", .wait), ("53300", .wait), ("58030", .wait), ("XX000", .wait),
      ("22012", .wait), ("", .wait),
    ] as [(SQLState, RetryPolicy.Decision)])
  func decidesByTheState(_ state: SQLState, _ decision: RetryPolicy.Decision) {
    #expect(RetryPolicy.decision(on: error(state)) == decision)
  }

  @Test(
    arguments: [
      ("XX000", true), ("P0001", true), ("42P10", true), ("22012", true), ("23514", true), ("53100", false),
      ("58030", false), ("57P01", false), ("08006", false), ("40001", false), ("22P02", false), ("", false),
    ] as [(SQLState, Bool)])
  func anotherStrategyMayHelpAgainstAnUnknownError(_ state: SQLState, _ mayHelp: Bool) {
    #expect(RetryPolicy.mayDependOnStrategy(error(state)) == mayHelp)
  }

  @Test(arguments: ["57P01", "40001", "22P02", ""] as [SQLState])
  func reconnectsAfterALostConnectionWhateverTheState(_ state: SQLState) {
    #expect(RetryPolicy.decision(on: error(state, lost: true)) == .reconnect)
  }

  @Test(arguments: [(4, 60, false), (5, 29, false), (5, 30, true), (1_000, 29, false), (6, 31, true)])
  func blamesABatchForFailuresThatAreManyAndLast(_ losses: Int, _ seconds: Int, _ isBlamed: Bool) {
    let first = ContinuousClock.now
    let seen = RepeatedFailures(count: losses, first: first)
    #expect(RetryPolicy().blames(seen, at: first + .seconds(seconds)) == isBlamed)
  }

  @Test func doublesPausesUpToTheirCap() {
    let policy = RetryPolicy()
    var generator = SystemRandomNumberGenerator()
    for (decision, cap) in [
      (RetryPolicy.Decision.contended, policy.contentionCap), (.wait, policy.faultCap),
      (.reconnect, policy.absenceCap),
    ] {
      for attempt in [1, 2, 3, 5, 8, 20, 1_000_000] {
        let full = min(cap, policy.firstPause * (1 << min(attempt - 1, 30)))
        let pauses = (0..<50).map { _ in
          policy.pause(before: attempt, decision: decision, using: &generator)
        }
        #expect(pauses.allSatisfy { $0 >= full * 0.49 && $0 <= full })
        #expect(Set(pauses).count > 40, "those who failed together come back apart")
      }
    }
  }

  @Test(
    arguments: [
      ("COPY staging, line 3, column payload: \"{\"", 3),
      ("JSON data, line 1: {x\nCOPY staging, line 12, column payload", 12),
      ("COPY staging, Zeile 7, Spalte payload", 7),
      ("COPY staging, 行 5", 5),
      ("SQL statement \"INSERT\" line 4", nil),
      ("COPY staging", nil),
      (nil, nil),
    ] as [(String?, Int?)])
  func readsTheRowThatAnErrorNames(_ context: String?, _ row: Int?) {
    #expect(error("22P02", context: context).copyRow == row)
  }
}
