import Synchronization

/// How long something took, as counts in fixed buckets: constant memory, safe from any thread.
///
/// Each power of two microseconds is cut into eight, so that a percentile read back is at most
/// 12.5% above the true one; from 1 µs to 71 minutes, beyond which everything counts as the longest.
public final class LatencyHistogram: Sendable {
  private let counts: InlineArray<256, Atomic<Int>>
  private let microseconds = Atomic<Int>(0)

  /// An empty histogram.
  public init() {
    counts = InlineArray { _ in Atomic(0) }
  }

  /// Counts one occurrence. Negative durations count as zero.
  public func record(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let taken = seconds.clamped(to: 0...1 << 32) * 1_000_000 + max(attoseconds, 0) / 1_000_000_000_000
    counts[LatencyBuckets.index(of: Int(taken))].wrappingAdd(1, ordering: .relaxed)
    microseconds.wrappingAdd(Int(taken), ordering: .relaxed)
  }

  /// What was recorded so far. Records that go on meanwhile may be partly in it.
  public func snapshot() -> LatencySnapshot {
    var read: [Int] = []
    read.reserveCapacity(counts.count)
    for index in counts.indices { read.append(counts[index].load(ordering: .relaxed)) }
    return LatencySnapshot(counts: read, microseconds: microseconds.load(ordering: .relaxed))
  }
}

/// A reading of a `LatencyHistogram`.
public struct LatencySnapshot: Hashable, Sendable {
  /// Occurrences by bucket, the shortest first.
  let counts: [Int]
  /// The sum of all durations in microseconds.
  public let microseconds: Int

  /// Occurrences.
  public var count: Int { counts.reduce(0, +) }

  /// The duration that `fraction` (0...1) of the occurrences did not exceed, rounded up to the end
  /// of its bucket; nil when there was none.
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

  /// How many occurrences took at most `duration`, as far as the buckets tell: those of a bucket that
  /// `duration` cuts do not count.
  public func count(upTo duration: Duration) -> Int {
    counts.enumerated().reduce(0) { sum, bucket in
      Duration.microseconds(LatencyBuckets.end(of: bucket.offset)) <= duration ? sum + bucket.element : sum
    }
  }
}

extension LatencySnapshot {
  /// The reading of an empty histogram.
  public init() {
    self.init(counts: [], microseconds: 0)
  }
}

/// Eight buckets for each power of two; below 8 each number has its own.
enum LatencyBuckets {
  static let count = 256

  /// The bucket of a number of microseconds, 0 or more.
  static func index(of microseconds: Int) -> Int {
    guard microseconds >= 8 else { return max(microseconds, 0) }
    let power = Int.bitWidth - 1 - microseconds.leadingZeroBitCount
    let eighth = microseconds >> (power - 3) & 7
    return min((power - 2) * 8 + eighth, count - 1)
  }

  /// The largest number of microseconds in a bucket.
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
