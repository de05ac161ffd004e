/// Decides when the log reports ingest: when events begin to arrive, once per interval while they arrive, and when
/// none came for an interval. Pure: time is a parameter.
public struct ActivityAnnouncer: Sendable {
  /// A line for the log.
  public enum Announcement: Hashable, Sendable {
    /// Events arrive, after a time without events.
    case began
    /// The figures since the last line.
    case figures(ActivityFigures)
    /// No event arrived for an interval.
    case ended
  }

  private let interval: Duration
  private var read: (figures: ActivitySnapshot, at: ContinuousClock.Instant)
  private var isReceiving = false

  /// - Parameters:
  ///   - interval: Time between two lines with figures.
  ///   - start: The time from which the counters count.
  public init(interval: Duration = .seconds(60), from start: ContinuousClock.Instant) {
    precondition(interval > .zero, "an interval passes")
    self.interval = interval
    read = (ActivitySnapshot(), start)
  }

  /// Returns the line about the counters of `now`; nil for none.
  public mutating func announcement(
    of counters: ActivitySnapshot, at now: ContinuousClock.Instant
  ) -> Announcement? {
    let hasMoved = counters.batchCount != read.figures.batchCount
    guard isReceiving else {
      // The counters stay, so that the first figures include the events that were seen now.
      read.at = now
      isReceiving = hasMoved
      return hasMoved ? .began : nil
    }
    guard read.at.duration(to: now) >= interval else { return nil }
    if hasMoved { return .figures(figures(counters, now)) }
    isReceiving = false
    return .ended
  }

  /// Returns the figures since the last line, for the end of the process; nil when nothing happened since.
  public mutating func rest(
    of counters: ActivitySnapshot, at now: ContinuousClock.Instant
  ) -> ActivityFigures? {
    counters.batchCount == read.figures.batchCount ? nil : figures(counters, now)
  }

  private mutating func figures(
    _ counters: ActivitySnapshot, _ now: ContinuousClock.Instant
  ) -> ActivityFigures {
    defer { read = (counters, now) }
    return ActivityFigures(from: read.figures, to: counters, duration: read.at.duration(to: now))
  }
}

/// The events and batches of an interval.
public struct ActivityFigures: Hashable, Sendable {
  /// The length of the interval.
  public let duration: Duration
  /// Events that were accepted into the queue.
  public let acceptedEvents: Int
  /// Batches that a transaction of this process committed.
  public let committedBatches: Int
  /// Events that were stored.
  public let uniqueEvents: Int
  /// Events whose key was already stored.
  public let duplicateEvents: Int
  /// Events that cannot be stored.
  public let deadEvents: Int

  /// The difference of two readings of the counters.
  init(from old: ActivitySnapshot, to new: ActivitySnapshot, duration: Duration) {
    assert(new.committedEvents >= old.committedEvents, "counters only rise")
    self.duration = duration
    acceptedEvents = new.acceptedEvents - old.acceptedEvents
    committedBatches = new.committedBatches - old.committedBatches
    uniqueEvents = new.uniqueEvents - old.uniqueEvents
    duplicateEvents = new.duplicateEvents - old.duplicateEvents
    deadEvents = new.deadEvents - old.deadEvents
  }

  /// Committed events in a second.
  public var rate: Double {
    let seconds = duration / .seconds(1)
    return seconds > 0 ? Double(uniqueEvents + duplicateEvents + deadEvents) / seconds : 0
  }
}

extension ActivitySnapshot {
  /// A number that rises with each batch that is accepted, committed or found committed.
  fileprivate var batchCount: Int { acceptedBatches + committedBatches + replayedBatches }
}
