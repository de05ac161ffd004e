import Foundation
import Histogram

/// Latencies of batches, to three significant digits. Latencies above an hour count as an hour.
struct Latencies: Sendable {
  private static let longest: UInt64 = 3_600_000_000

  private var histogram = Histogram<UInt64>(
    highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

  mutating func record(_ time: Duration) {
    let (seconds, attoseconds) = time.components
    let microseconds = max(0, seconds) * 1_000_000 + max(0, attoseconds) / 1_000_000_000_000
    let value = min(UInt64(microseconds), Self.longest)
    histogram.record(value)
    longestRecorded = max(longestRecorded, value)
  }

  /// The longest latency in microseconds.
  private var longestRecorded: UInt64 = 0

  /// Number of recorded latencies.
  var count: UInt64 { histogram.totalCount }

  /// A percentile in milliseconds; nil when nothing was recorded.
  func milliseconds(atPercentile percentile: Double) -> Double? {
    // A percentile is the upper end of its bucket, which may be above the longest latency.
    count == 0 ? nil : Double(min(histogram.valueAtPercentile(percentile), longestRecorded)) / 1_000
  }

  /// The longest latency in milliseconds; nil when nothing was recorded.
  var longestMilliseconds: Double? { count == 0 ? nil : Double(longestRecorded) / 1_000 }

  /// The whole distribution in milliseconds, in the format of HdrHistogram's tools (`.hgrm`).
  var distribution: String {
    var text = ""
    histogram.outputPercentileDistribution(to: &text, outputValueUnitScalingRatio: 1_000)
    return text
  }
}

extension RunRecord.Totals {
  /// Writes the latencies of a run into an existing directory: accepted.hgrm and committed.hgrm.
  func writeDistributions(into directory: String) throws(RunFailure) {
    for (moment, times) in [(RunPlan.Moment.accepted, acceptedTimes), (.committed, committedTimes)] {
      let path = "\(directory)/\(moment.rawValue).hgrm"
      do {
        try times.distribution.write(toFile: path, atomically: false, encoding: .utf8)
      } catch {
        throw RunFailure(.incomplete, "cannot write \(path): \(error.localizedDescription)")
      }
    }
  }
}
