import Testing

@testable import Publisher

@Suite struct PaceTests {
  private let start = ContinuousClock.now

  @Test func spacesEventsEvenlyFromTheStart() {
    let pace = Pace(start: start, rate: 1_000)
    #expect(pace.intended(0) == start)
    #expect(pace.intended(1_500) == start + .milliseconds(1_500))
  }

  @Test func hasNoIntentionWithoutARate() {
    #expect(Pace(start: start, rate: nil).intended(7) == nil)
  }
}
