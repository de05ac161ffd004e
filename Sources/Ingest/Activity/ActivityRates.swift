/// Events per second over a stretch of time.
public struct ActivityRate: Hashable, Sendable {
  /// Accepted events per second.
  public let accepted: Double
  /// Committed events per second, duplicates and dead events included.
  public let committed: Double

  /// Nothing happened, or nobody knows yet.
  public static let zero = ActivityRate(accepted: 0, committed: 0)

  /// Events per second, as measured.
  public init(accepted: Double, committed: Double) {
    self.accepted = accepted
    self.committed = committed
  }
}

/// The last minute of two counters, one sample a second, kept in a ring.
struct ActivityRates {
  private struct Sample {
    let at: ContinuousClock.Instant
    let accepted: Int
    let committed: Int
  }

  /// One more than the longest stretch in seconds: it takes both ends to make a rate.
  private static let capacity = 61

  private var samples: [Sample] = []
  private var next = 0

  /// Adds a sample, to be called about once a second with counters that never fall.
  mutating func tick(at now: ContinuousClock.Instant, accepted: Int, committed: Int) {
    let sample = Sample(at: now, accepted: accepted, committed: committed)
    if samples.count < Self.capacity {
      samples.append(sample)
    } else {
      samples[next] = sample
    }
    next = (next + 1) % Self.capacity
  }

  /// The rate from the sample about `seconds` before the newest up to that, or over as much as is known.
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
