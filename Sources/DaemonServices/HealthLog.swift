public import Ingest
public import Logging
internal import Synchronization

/// A log of the problems that keep batches from being committed: a line when a problem lasts long enough, a
/// repeated line while it lasts, and a line when it is over. The service manager gets the same as a status.
public final class HealthLog: Sendable {
  private let health: IngestHealth
  private let queue: BatchQueue
  private let logger: Logger
  private let notifier: ServiceNotifier?
  private let announcer = Mutex(HealthAnnouncer())

  /// A log of `health`, whose batches wait in `queue`.
  public init(
    health: IngestHealth, queue: BatchQueue, logger: Logger, notifier: ServiceNotifier? = nil
  ) {
    self.health = health
    self.queue = queue
    self.logger = logger
    self.notifier = notifier
  }

  /// Reads the health and logs what has changed. To be called about once a second.
  public func tick(at now: ContinuousClock.Instant) {
    let report = health.summary(of: queue.progress, at: now)
    switch announcer.withLock({ $0.announcement(of: report, at: now) }) {
    case nil: break
    case .trouble(let report):
      let oldest = report.oldestBatch?.duration(to: now)
      notifier?.tell(.status("batches are not committed: \(report.problems[0].reason)"))
      let level: Logger.Level = report.isFailure ? .error : .warning
      logger.log(
        level: level, "batches are not committed as they should be",
        metadata: [
          "health.problems": .array(report.problems.map { "\(Self.text($0, at: now))" }),
          "queue.oldest.seconds": "\(oldest?.components.seconds ?? 0)",
          "queue.batches": "\(queue.depth.batches)",
        ])
    case .over(let since):
      notifier?.tell(.status("serving"))
      logger.info(
        "batches are committed again",
        metadata: ["health.seconds": "\(since.duration(to: now).components.seconds)"])
    }
  }

  private static func text(_ problem: HealthProblem, at now: ContinuousClock.Instant) -> String {
    let seconds = problem.since.duration(to: now).components.seconds
    return "\(problem.component) \(problem.kind.rawValue) for \(seconds) s: \(problem.reason)"
  }
}
