internal import Synchronization

/// The problems that keep batches from being committed, from all components. Health route, log, metrics and
/// dashboard all read this object.
///
/// Components report from any thread under a short lock. Each component ends its own problem.
public final class IngestHealth: Sendable {
  /// Time after which a problem counts, unless `timeouts.stall` is set.
  public static let standardThreshold = Duration.seconds(5)

  private let state: Mutex<HealthState>

  /// Creates an object without problems.
  /// - Parameter threshold: Time after which a problem counts.
  public init(threshold: Duration = IngestHealth.standardThreshold) {
    state = Mutex(HealthState(threshold: threshold))
  }

  /// Reports that `component` has a problem or still has it; see ``HealthState/report(_:_:_:since:at:)``.
  public func report(
    _ component: String, _ kind: HealthProblem.Kind, _ reason: String,
    since: ContinuousClock.Instant? = nil, at now: ContinuousClock.Instant
  ) {
    state.withLock { $0.report(component, kind, reason, since: since, at: now) }
  }

  /// Ends the problem of `component`.
  public func end(_ component: String) {
    state.withLock { $0.end(component) }
  }

  /// Returns the problems at `now`, given the progress of the queue.
  public func summary(of queue: QueueProgress, at now: ContinuousClock.Instant) -> HealthReport {
    state.withLock { $0.summary(of: queue, at: now) }
  }
}

/// The rules of `IngestHealth`. Pure: time is a parameter.
///
/// A problem counts when its component has reported it for `threshold` without an end. If the oldest batch in
/// the queue waits longer than that, the queue itself is a problem, unless a component explains the wait. So
/// a stall is reported even if the component that causes it reports nothing.
public struct HealthState: Sendable {
  /// Component name of the problems of the queue itself.
  public static let queueComponent = "queue"

  private let threshold: Duration
  private var reported: [String: HealthProblem] = [:]
  private var settledBatches = 0
  /// Time at which a settled batch was last seen.
  private var lastProgress: ContinuousClock.Instant?

  /// Creates a state without problems.
  /// - Parameter threshold: Time after which a problem counts.
  public init(threshold: Duration) {
    precondition(threshold > .zero, "a threshold of zero would show every retry")
    self.threshold = threshold
  }

  /// Reports that a component has a problem or still has it.
  ///
  /// The time of the first report is kept until `end`, even when kind and reason change: a writer that is
  /// alternately blocked and cancelled commits nothing during all that time.
  /// - Parameter since: Beginning of the problem, if the component knows it better than by its report.
  public mutating func report(
    _ component: String, _ kind: HealthProblem.Kind, _ reason: String,
    since: ContinuousClock.Instant? = nil, at now: ContinuousClock.Instant
  ) {
    let began = [reported[component]?.since, since, now].compactMap { $0 }.min() ?? now
    reported[component] = HealthProblem(component: component, kind: kind, reason: reason, since: began)
  }

  /// Ends the problem of a component.
  public mutating func end(_ component: String) {
    reported[component] = nil
  }

  /// Returns the current problems of the components and of the queue.
  public mutating func summary(
    of queue: QueueProgress, at now: ContinuousClock.Instant
  ) -> HealthReport {
    if queue.settled != settledBatches {
      settledBatches = queue.settled
      lastProgress = now
    }
    var problems = reported.values.filter { $0.since.duration(to: now) >= threshold }
    if let oldest = queue.oldest, oldest.duration(to: now) >= threshold {
      let wait = wait(since: oldest, at: now)
      let isExplained = problems.contains {
        $0.kind.isFailure || (!wait.kind.isFailure && $0.kind != .memory && $0.kind != .retention)
      }
      if !isExplained { problems.append(wait) }
    }
    problems.sort { ($0.since, $0.component) < ($1.since, $1.component) }
    return HealthReport(problems: problems, oldestBatch: queue.oldest)
  }

  /// Returns the problem of the queue itself.
  private func wait(
    since oldest: ContinuousClock.Instant, at now: ContinuousClock.Instant
  ) -> HealthProblem {
    let quietSince = max(oldest, lastProgress ?? oldest)
    guard quietSince.duration(to: now) >= threshold else {
      return HealthProblem(
        component: Self.queueComponent, kind: .behind,
        reason: "batches wait too long: the database commits less than is sent", since: oldest)
    }
    return HealthProblem(
      component: Self.queueComponent, kind: .stalled,
      reason: "batches wait and none is committed: the database does not finish a statement",
      since: quietSince)
  }
}

/// The progress of the queue.
public struct QueueProgress: Hashable, Sendable {
  /// Acceptance time of the oldest batch that is not settled; nil when all are settled.
  public let oldest: ContinuousClock.Instant?
  /// Number of batches that were settled since the process started.
  public let settled: Int

  /// Creates the progress of a queue.
  public init(oldest: ContinuousClock.Instant?, settled: Int) {
    self.oldest = oldest
    self.settled = settled
  }
}
