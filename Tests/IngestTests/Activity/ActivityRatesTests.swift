import Testing

@testable import Ingest

struct ActivityRatesTests {
  private let start = ContinuousClock.now

  @Test func hasNoRateBeforeTheSecondSample() {
    var rates = ActivityRates()
    #expect(rates.rate(overSeconds: 1) == .zero)
    rates.tick(at: start, accepted: 100, committed: 50)
    #expect(rates.rate(overSeconds: 60) == .zero)
  }

  @Test func measuresOverTheLastSeconds() {
    var rates = ActivityRates()
    var (accepted, committed) = (0, 0)
    for second in 0...200 {
      rates.tick(at: start + .seconds(second), accepted: accepted, committed: committed)
      // The last ten seconds have ten times the load; the last second has none.
      accepted += second >= 199 ? 0 : second >= 190 ? 1_000 : 100
      committed += 10
    }
    #expect(rates.rate(overSeconds: 1) == ActivityRate(accepted: 0, committed: 10))
    #expect(rates.rate(overSeconds: 10) == ActivityRate(accepted: 900, committed: 10))
    #expect(rates.rate(overSeconds: 60) == ActivityRate(accepted: (50 * 100 + 9_000) / 60.0, committed: 10))
    #expect(rates.rate(overSeconds: 600) == rates.rate(overSeconds: 60), "no more than a minute is kept")
  }

  @Test func usesTheMeasuredTime() {
    var rates = ActivityRates()
    rates.tick(at: start, accepted: 0, committed: 0)
    rates.tick(at: start + .seconds(4), accepted: 100, committed: 20)
    #expect(rates.rate(overSeconds: 1) == ActivityRate(accepted: 25, committed: 5))
    #expect(rates.rate(overSeconds: 10) == ActivityRate(accepted: 25, committed: 5))
  }

  @Test func twoSamplesOfOneInstantGiveNoRate() {
    var rates = ActivityRates()
    rates.tick(at: start, accepted: 0, committed: 0)
    rates.tick(at: start, accepted: 100, committed: 20)
    #expect(rates.rate(overSeconds: 1) == .zero)
  }
}
