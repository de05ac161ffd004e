/// Average rates over an interval.
public struct ActivityRate: Hashable, Sendable {
  /// Accepted events per second.
  public let accepted: Double
  /// Committed events per second, duplicates and dead events included.
  public let committed: Double

  /// No events, or no measurement yet.
  public static let zero = ActivityRate(accepted: 0, committed: 0)

  /// Creates a measured rate.
  public init(accepted: Double, committed: Double) {
    self.accepted = accepted
    self.committed = committed
  }
}

/// One minute of two counters, with one sample a second in a ring.
struct ActivityRates {
  private struct Sample {
    let at: ContinuousClock.Instant
    let accepted: Int
    let committed: Int
  }

  /// Number of samples: one more than the longest interval in seconds, because a rate needs both of its ends.
  private static let capacity = 61

  private var samples: [Sample] = []
  private var next = 0

  /// Adds a sample of counters that never fall. To be called about once a second.
  mutating func tick(at now: ContinuousClock.Instant, accepted: Int, committed: Int) {
    let sample = Sample(at: now, accepted: accepted, committed: committed)
    if samples.count < Self.capacity {
      samples.append(sample)
    } else {
      samples[next] = sample
    }
    next = (next + 1) % Self.capacity
  }

  /// Returns the average rate of the last `seconds`, or of the time since the first sample if that is less.
  func rate(overSeconds seconds: Int) -> ActivityRate {
    guard samples.count >= 2 else { return .zero }
    let back = min(max(seconds, 1), samples.count - 1)
    let new = samples[(next + samples.count - 1) % samples.count]
    let old = samples[(next + samples.count - 1 - back) % samples.count]
    let elapsed = (new.at - old.at) / .seconds(1)
    guard elapsed > 0 else { return .zero }
    return ActivityRate(
      accepted: Double(new.accepted - old.accepted) / elapsed,
      committed: Double(new.committed - old.committed) / elapsed)
  }
}
