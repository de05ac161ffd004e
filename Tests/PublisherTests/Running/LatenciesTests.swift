import Testing

@testable import Publisher

@Suite struct LatenciesTests {
  @Test func knowsNothingBeforeTheFirstTime() {
    #expect(Latencies().milliseconds(atPercentile: 50) == nil)
    #expect(Latencies().longestMilliseconds == nil)
  }

  @Test func tellsPercentilesInMilliseconds() throws {
    var latencies = Latencies()
    for time in 1...1_000 { latencies.record(.milliseconds(time)) }
    let median = try #require(latencies.milliseconds(atPercentile: 50))
    #expect(abs(median - 500) < 1)
    let longest = try #require(latencies.longestMilliseconds)
    #expect(abs(longest - 1_000) < 2)
    #expect(latencies.count == 1_000)
  }

  @Test func writesTheDistributionInMilliseconds() throws {
    var latencies = Latencies()
    for time in 1...1_000 { latencies.record(.milliseconds(time)) }
    let rows = latencies.distribution.split(separator: "\n")
      .map { $0.split(separator: " ").compactMap { Double($0) } }
    let median = try #require(rows.first { $0.count > 1 && $0[1] == 0.5 })
    #expect(abs(median[0] - 500) < 1)
    #expect(median[2] == 500)
  }

  @Test func clampsTimesThatAreNone() {
    var latencies = Latencies()
    latencies.record(.seconds(-1))
    latencies.record(.seconds(100_000))
    #expect(latencies.milliseconds(atPercentile: 0) == 0)
    #expect((latencies.longestMilliseconds ?? 0) > 3_599_000)
  }
}
