import Testing

@testable import Publisher

@Suite struct LatenciesTests {
  @Test func returnsNoPercentileAboveTheLongestLatency() throws {
    var latencies = Latencies()
    for microseconds in [1_234_567, 1_234_568, 99_999_999] as [Int64] {
      latencies.record(.microseconds(microseconds))
      for percentile in [50, 99, 100] as [Double] {
        let longest = try #require(latencies.longestMilliseconds)
        #expect(try #require(latencies.milliseconds(atPercentile: percentile)) <= longest)
      }
      #expect(latencies.longestMilliseconds == Double(microseconds) / 1_000)
    }
  }

  @Test func isEmptyBeforeTheFirstLatency() {
    #expect(Latencies().milliseconds(atPercentile: 50) == nil)
    #expect(Latencies().longestMilliseconds == nil)
  }

  @Test func returnsPercentilesInMilliseconds() throws {
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

  @Test func clampsInvalidLatencies() {
    var latencies = Latencies()
    latencies.record(.seconds(-1))
    latencies.record(.seconds(100_000))
    #expect(latencies.milliseconds(atPercentile: 0) == 0)
    #expect((latencies.longestMilliseconds ?? 0) > 3_599_000)
  }
}
