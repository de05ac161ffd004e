import Testing

@testable import Base

@Suite struct LogLimiterTests {
  private static let start = ContinuousClock.now

  @Test func passesOneLineInAWhileAndCountsTheOthers() {
    var limiter = LogLimiter(every: .seconds(10))
    let passed = [0.0, 0.1, 9.9, 10.0, 10.1, 30.0].map { limiter.pass(at: Self.start + .seconds($0)) }
    #expect(passed == [0, nil, nil, 2, nil, 1])
  }
}
