import Histogram

/// Waiting times of batches, to three significant digits, up to an hour.
struct Latencies: Sendable {
  private static let longest: UInt64 = 3_600_000_000

  private var histogram = Histogram<UInt64>(
    highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

  mutating func record(_ time: Duration) {
    let (seconds, attoseconds) = time.components
    let microseconds = max(0, seconds) * 1_000_000 + max(0, attoseconds) / 1_000_000_000_000
    histogram.record(min(UInt64(microseconds), Self.longest))
  }

  /// How many times were recorded.
  var count: UInt64 { histogram.totalCount }

  /// In milliseconds; nil when nothing was recorded.
  func milliseconds(atPercentile percentile: Double) -> Double? {
    count == 0 ? nil : Double(histogram.valueAtPercentile(percentile)) / 1_000
  }

  /// The longest, in milliseconds; nil when nothing was recorded.
  var longestMilliseconds: Double? { count == 0 ? nil : Double(histogram.max) / 1_000 }

  /// The whole distribution in milliseconds, as HdrHistogram's tools write and plot it (`.hgrm`).
  var distribution: String {
    var text = ""
    histogram.outputPercentileDistribution(to: &text, outputValueUnitScalingRatio: 1_000)
    return text
  }
}
