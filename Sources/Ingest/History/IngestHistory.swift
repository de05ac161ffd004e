internal import Base
internal import Synchronization

/// The figures of this process in the last hour: intervals of 1 s for 5 minutes, and of 10 s for an hour.
///
/// A sample a second is taken from the counters and distributions that exist anyway. For the history alone, writers add
/// up the stored events of each group by topic, which costs about 0.04 µs an event without the index of spans, and nothing
/// more with that index, whose writing needs the topics anyway.
public final class IngestHistory: Sendable {
  private struct Rings {
    var seconds: HistoryRing
    var tens: HistoryRing

    mutating func add(_ sample: HistorySample, at now: ContinuousClock.Instant) {
      seconds.add(sample, at: now)
      tens.add(sample, at: now)
    }
  }

  /// Number of intervals of 1 s.
  static let seconds = 300
  /// Number of intervals of 10 s.
  static let tens = 360

  /// Maximum bytes of a history: 6,309,632, most of them for names of topics with 255 characters of 4 bytes. With usual
  /// names it is less than a tenth. It includes the topics that the writers count for the next sample.
  public static let mostBytes =
    HistoryRing.mostBytes(capacity: seconds) + HistoryRing.mostBytes(capacity: tens)
    + TopicCounts.mostBytes

  private let rings: Mutex<Rings>

  /// A history without intervals, of a process whose counters are zero at `start`. The first sample is due a second
  /// later.
  public init(start: ContinuousClock.Instant) {
    rings = Mutex(
      Rings(
        seconds: HistoryRing(interval: .seconds(1), capacity: Self.seconds, start: start),
        tens: HistoryRing(interval: .seconds(10), capacity: Self.tens, start: start)))
  }

  /// Adds a sample. To be called about once a second.
  public func add(_ sample: HistorySample, at now: ContinuousClock.Instant) {
    rings.withLock { $0.add(sample, at: now) }
  }

  /// Returns the series, the one with the shortest intervals first.
  /// - Parameters:
  ///   - since: Only intervals that ended after this time, in microseconds since 1970; nil for all that are kept.
  ///   - now: The present.
  ///   - wallClock: The same moment in microseconds since 1970.
  public func series(
    since: Int64?, at now: ContinuousClock.Instant, wallClock: Int64
  ) -> [HistorySeries] {
    let (seconds, tens) = rings.withLock { ($0.seconds, $0.tens) }
    let since = since.map { now - .microseconds(wallClock.subtractingSaturating($0)) }
    return [seconds, tens].map { ring in
      HistorySeries(
        interval: ring.interval, end: wallClock - ring.end.duration(to: now).wholeMicroseconds,
        intervals: ring.intervals(since: since), names: ring.names)
    }
  }
}

extension Int64 {
  /// The difference; on overflow, the limit of the type that the difference exceeds.
  fileprivate func subtractingSaturating(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
