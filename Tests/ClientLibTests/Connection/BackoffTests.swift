import Testing

@testable import ClientLib

@Suite struct BackoffTests {
  private func pauses(_ count: Int, random: UInt64) -> [Duration] {
    var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(1))
    var generator = ConstantGenerator(number: random)
    return (0..<count).map { _ in backoff.next(using: &generator) }
  }

  @Test func doublesUpToItsLimit() {
    let milliseconds = [100, 200, 400, 800, 1_000, 1_000].map { Duration.milliseconds($0) }
    let drawn = pauses(6, random: .max)
    for (pause, ceiling) in zip(drawn, milliseconds) {
      #expect(pause <= ceiling)
      #expect(pause > ceiling * 99 / 100)
    }
  }

  @Test func drawsFromTheUpperHalf() {
    let milliseconds = [50, 100, 200, 400, 500, 500].map { Duration.milliseconds($0) }
    #expect(pauses(6, random: 0) == milliseconds)
  }

  @Test(arguments: 0..<50) func neverLeavesItsBounds(seed: UInt64) {
    var backoff = Backoff(shortest: .milliseconds(10), longest: .milliseconds(70))
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<20 {
      let pause = backoff.next(using: &generator)
      #expect(pause >= .milliseconds(5) && pause <= .milliseconds(70))
    }
  }

  @Test func startsAtTheShortestPauseAfterASuccess() {
    var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(1))
    var generator = ConstantGenerator(number: 0)
    for _ in 0..<5 { _ = backoff.next(using: &generator) }
    backoff.reset()
    #expect(backoff.next(using: &generator) == .milliseconds(50))
  }
}
