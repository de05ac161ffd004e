public import Ingest
public import Logging
internal import Synchronization

/// A log of ingest for people, at the level info: a line when events begin to arrive, a line of figures each minute
/// while they arrive, and a line when a minute passed without an event. Each group is logged at the level debug.
public final class IngestLog: Sendable {
  private let activity: IngestActivity
  private let queue: BatchQueue
  private let logger: Logger
  private let announcer = Mutex(ActivityAnnouncer(from: .now))

  /// A log of `activity`, whose batches wait in `queue`.
  public init(activity: IngestActivity, queue: BatchQueue, logger: Logger) {
    self.activity = activity
    self.queue = queue
    self.logger = logger
  }

  /// Reads the counters and logs what is due. To be called about once a second.
  public func tick(at now: ContinuousClock.Instant) {
    let counters = activity.snapshot()
    switch announcer.withLock({ $0.announcement(of: counters, at: now) }) {
    case nil: break
    case .began:
      logger.info("events arrive", metadata: ["connections": "\(counters.connections)"])
    case .figures(let figures): log("events of the last minute", figures, counters)
    case .ended: logger.info("no events arrived in the last minute")
    }
  }

  /// Logs the figures since the last line. To be called when the server has stopped.
  public func finish(at now: ContinuousClock.Instant) {
    let counters = activity.snapshot()
    guard let figures = announcer.withLock({ $0.rest(of: counters, at: now) }) else { return }
    log("events since the last figures", figures, counters)
  }

  private func log(_ line: Logger.Message, _ figures: ActivityFigures, _ counters: ActivitySnapshot) {
    let depth = queue.depth
    logger.info(
      line,
      metadata: [
        "ingest.seconds": "\(figures.duration.components.seconds)",
        "ingest.accepted": "\(figures.acceptedEvents)", "ingest.unique": "\(figures.uniqueEvents)",
        "ingest.duplicate": "\(figures.duplicateEvents)", "ingest.dead": "\(figures.deadEvents)",
        "ingest.batches": "\(figures.committedBatches)", "ingest.rate": "\(Int(figures.rate.rounded()))",
        "connections": "\(counters.connections)", "queue.batches": "\(depth.batches)",
      ])
  }
}
