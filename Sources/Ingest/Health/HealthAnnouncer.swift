/// Decides when the log reports health: when a problem passes the threshold, then once per interval while a
/// problem lasts, and when all have ended. Pure: time is a parameter.
public struct HealthAnnouncer: Sendable {
  /// A line for the log.
  public enum Announcement: Hashable, Sendable {
    /// Batches are not committed as they should be.
    case trouble(HealthReport)
    /// All problems have ended; the first one began at `since`.
    case over(since: ContinuousClock.Instant)
  }

  private let interval: Duration
  private var said: (at: ContinuousClock.Instant, components: Set<String>)?
  private var since: ContinuousClock.Instant?

  /// - Parameter interval: Minimum time between two lines about the same components.
  public init(interval: Duration = .seconds(10)) {
    self.interval = interval
  }

  /// Returns the line about `report`; nil for none.
  public mutating func announcement(
    of report: HealthReport, at now: ContinuousClock.Instant
  ) -> Announcement? {
    guard let first = report.problems.first else {
      defer { (said, since) = (nil, nil) }
      return since.map { .over(since: $0) }
    }
    since = min(since ?? first.since, first.since)
    let components = Set(report.problems.map(\.component))
    if let said, said.at.duration(to: now) < interval, components.isSubset(of: said.components) { return nil }
    said = (now, components.union(recently(at: now)))
    return .trouble(report)
  }

  /// The components of the last line while it is recent, so that two alternating components do not log each
  /// time.
  private func recently(at now: ContinuousClock.Instant) -> Set<String> {
    guard let said, said.at.duration(to: now) < interval else { return [] }
    return said.components
  }
}
