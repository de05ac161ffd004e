internal import Base
import Synchronization

/// A distribution of durations in fixed buckets. Needs constant memory and may be used from any thread.
///
/// Each power of two microseconds has eight buckets, so that a percentile is at most 12.5% above the true
/// value. The range is 1 µs to 71 minutes; longer durations count in the last bucket.
public final class LatencyHistogram: Sendable {
  private let counts: InlineArray<256, Atomic<Int>>
  private let microseconds = Atomic<Int>(0)
  private let longest = Atomic<Int>(0)

  /// Creates an empty histogram.
  public init() {
    counts = InlineArray { _ in Atomic(0) }
  }

  /// Counts one duration. Negative durations count as zero.
  public func record(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let taken = seconds.clamped(to: 0...1 << 32) * 1_000_000 + max(attoseconds, 0) / 1_000_000_000_000
    // Most calls only load, because few durations are the longest of their second. Counted before the bucket, so that a
    // reader hardly ever finds a duration in its bucket and not here.
    if Int(taken) > longest.load(ordering: .relaxed) { longest.max(Int(taken), ordering: .relaxed) }
    counts[LatencyBuckets.index(of: Int(taken))].wrappingAdd(1, ordering: .relaxed)
    microseconds.wrappingAdd(Int(taken), ordering: .relaxed)
  }

  /// Returns the current counts. A duration that is recorded meanwhile may be included in part.
  public func snapshot() -> LatencySnapshot {
    var read: [Int] = []
    read.reserveCapacity(counts.count)
    for index in counts.indices { read.append(counts[index].load(ordering: .relaxed)) }
    return LatencySnapshot(counts: read, microseconds: microseconds.load(ordering: .relaxed))
  }

  /// Returns the longest duration since the last call, in microseconds; 0 when none was recorded. For one reader.
  func takeLongest() -> Int { longest.exchange(0, ordering: .relaxed) }
}

/// The counts of a `LatencyHistogram` at one moment.
public struct LatencySnapshot: Hashable, Sendable {
  /// Number of durations by bucket, the shortest first.
  let counts: [Int]
  /// Sum of all durations in microseconds.
  public let microseconds: Int

  /// Number of durations.
  public var count: Int { counts.reduce(0, +) }

  /// Returns the duration that `fraction` (0...1) of the recorded ones did not exceed, rounded up to the end
  /// of its bucket; nil when nothing was recorded.
  public func percentile(_ fraction: Double) -> Duration? {
    let total = count
    guard total > 0 else { return nil }
    let rank = min(max((fraction * Double(total)).rounded(.up), 1), Double(total))
    var seen = 0
    for (index, count) in counts.enumerated() {
      seen += count
      if Double(seen) >= rank { return .microseconds(LatencyBuckets.end(of: index)) }
    }
    return nil
  }

  /// Returns the durations that were recorded after `earlier`, a snapshot of the same histogram.
  func since(_ earlier: LatencySnapshot) -> LatencySnapshot {
    guard !earlier.counts.isEmpty else { return self }
    assert(counts.count == earlier.counts.count, "snapshots of one histogram have the same buckets")
    return LatencySnapshot(
      counts: zip(counts, earlier.counts).map { $0 - $1 }, microseconds: microseconds - earlier.microseconds)
  }

  /// Returns the microseconds that `fraction` (0...1) of the durations did not exceed, rounded up to the end of their
  /// bucket, but never above the longest duration; nil when there is none.
  /// - Parameter longest: The longest of the durations in microseconds. When it is below the last bucket in use,
  ///   because it was read a moment later, it is not used.
  func microseconds(atPercentile fraction: Double, longest: Int) -> Int? {
    guard let last = counts.lastIndex(where: { $0 > 0 }), let end = percentile(fraction) else { return nil }
    let start = last == 0 ? 0 : LatencyBuckets.end(of: last - 1) + 1
    let microseconds = Int(end.wholeMicroseconds)
    return longest < start ? microseconds : min(microseconds, longest)
  }

  /// Returns the number of durations of at most `duration`. Only whole buckets are counted, so a bucket that
  /// ends after `duration` is left out.
  public func count(upTo duration: Duration) -> Int {
    counts.enumerated().reduce(0) { sum, bucket in
      Duration.microseconds(LatencyBuckets.end(of: bucket.offset)) <= duration ? sum + bucket.element : sum
    }
  }
}

extension LatencySnapshot {
  /// Creates the counts of an empty histogram.
  public init() {
    self.init(counts: [], microseconds: 0)
  }
}

/// The bucket limits: eight buckets for each power of two; below 8 µs each microsecond has its own bucket.
enum LatencyBuckets {
  static let count = 256

  /// Returns the bucket of a number of microseconds, 0 or more.
  static func index(of microseconds: Int) -> Int {
    guard microseconds >= 8 else { return max(microseconds, 0) }
    let power = Int.bitWidth - 1 - microseconds.leadingZeroBitCount
    let eighth = microseconds >> (power - 3) & 7
    return min((power - 2) * 8 + eighth, count - 1)
  }

  /// Returns the largest number of microseconds in a bucket.
  static func end(of index: Int) -> Int {
    guard index >= 8 else { return index }
    let power = index / 8 + 2
    return (8 + index % 8 + 1) << (power - 3) - 1
  }
}

extension Int64 {
  fileprivate func clamped(to range: ClosedRange<Int64>) -> Int64 {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
