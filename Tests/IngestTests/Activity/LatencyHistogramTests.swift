import Testing

@testable import Ingest

struct LatencyHistogramTests {
  @Test func bucketsAreInOrderAndLeaveNoGap() {
    var start = 0
    for index in 0..<LatencyBuckets.count {
      let end = LatencyBuckets.end(of: index)
      #expect(LatencyBuckets.index(of: start) == index)
      #expect(LatencyBuckets.index(of: end) == index)
      #expect(end >= start)
      #expect(Double(end - start) <= Double(start) / 8, "bucket \(index) is too wide")
      start = end + 1
    }
    #expect(LatencyBuckets.index(of: start) == LatencyBuckets.count - 1, "the last one is open")
    #expect(LatencyBuckets.index(of: .max) == LatencyBuckets.count - 1)
  }

  @Test func readsPercentilesBackFromTheirBuckets() throws {
    let histogram = LatencyHistogram()
    for milliseconds in 1...1_000 { histogram.record(.milliseconds(milliseconds)) }
    let snapshot = histogram.snapshot()
    #expect(snapshot.count == 1_000)
    #expect(snapshot.microseconds == 500_500_000)
    for (fraction, exact) in [(0, 1), (0.001, 1), (0.5, 500), (0.95, 950), (0.99, 990), (1, 1_000)]
      as [(Double, Int)]
    {
      let read = try #require(snapshot.percentile(fraction))
      #expect(read >= .milliseconds(exact) && read <= .milliseconds(exact) * 1.125, "at \(fraction): \(read)")
    }
  }

  @Test func anEmptyHistogramHasNoPercentile() {
    #expect(LatencyHistogram().snapshot().percentile(0.5) == nil)
    #expect(LatencySnapshot().percentile(0.5) == nil)
    #expect(LatencySnapshot().count == 0)
    #expect(LatencySnapshot().count(upTo: .seconds(1)) == 0)
  }

  @Test func recordsAnyDuration() {
    let histogram = LatencyHistogram()
    for duration in [.seconds(-5), .zero, .nanoseconds(999), .seconds(Int64.max)] as [Duration] {
      histogram.record(duration)
    }
    let snapshot = histogram.snapshot()
    #expect(snapshot.count == 4)
    #expect(snapshot.percentile(0.75) == .zero)
    #expect(snapshot.count(upTo: .zero) == 3)
  }

  @Test func countsDurationsUpToABound() {
    let histogram = LatencyHistogram()
    for milliseconds in [1, 2, 3, 50, 900] { histogram.record(.milliseconds(milliseconds)) }
    let snapshot = histogram.snapshot()
    #expect(snapshot.count(upTo: .microseconds(900)) == 0)
    #expect(snapshot.count(upTo: .milliseconds(10)) == 3)
    #expect(snapshot.count(upTo: .seconds(2)) == 5)
  }

  @Test func knowsTheLongestDurationSinceItWasLastAsked() {
    let histogram = LatencyHistogram()
    #expect(histogram.takeLongest() == 0)
    for microseconds in [3, 900, 17] { histogram.record(.microseconds(microseconds)) }
    #expect(histogram.takeLongest() == 900)
    histogram.record(.microseconds(5))
    #expect(histogram.takeLongest() == 5)
  }

  @Test(arguments: [(900, 900), (920, 920), (2_000, 959), (0, 959), (895, 959)])
  func aPercentileIsNotAboveTheLongestDuration(_ longest: Int, _ read: Int) {
    // The bucket of 900 µs is from 896 to 959. A longest time below it belongs to another moment.
    let histogram = LatencyHistogram()
    histogram.record(.microseconds(900))
    #expect(histogram.snapshot().microseconds(atPercentile: 0.5, longest: longest) == read)
    #expect(LatencySnapshot().microseconds(atPercentile: 0.5, longest: longest) == nil)
  }

  @Test func theDifferenceOfTwoSnapshotsHasTheDurationsBetween() {
    let histogram = LatencyHistogram()
    histogram.record(.seconds(9))
    let before = histogram.snapshot()
    histogram.record(.milliseconds(2))
    let between = histogram.snapshot().since(before)
    #expect(between.count == 1 && between.microseconds == 2_000)
    #expect(between.percentile(1).map { $0 < .milliseconds(3) } == true)
    #expect(before.since(LatencySnapshot()) == before)
  }

  @Test func countsFromManyThreads() async {
    let histogram = LatencyHistogram()
    await onThreads(4) { index in
      for _ in 0..<5_000 { histogram.record(.microseconds(index)) }
    }
    let snapshot = histogram.snapshot()
    #expect(snapshot.count == 20_000)
    #expect(snapshot.counts.prefix(4) == [5_000, 5_000, 5_000, 5_000])
  }
}
