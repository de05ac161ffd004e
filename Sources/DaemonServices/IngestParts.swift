public import DaemonConfiguration
public import HTTPAdmin
public import Ingest
public import Logging
public import Storage
public import TCPIngest

/// What TCP and HTTP share on the way of a batch to the database, wired from the settings.
public struct IngestParts: Sendable {
  /// Between those who receive batches and the writers.
  public let queue: BatchQueue
  /// The writers; not started yet.
  public let store: PostgresStore
  /// What is counted on the way.
  public let activity = IngestActivity()
  private let memory: MemoryBudget
  private let settings: DaemonSettings
  private let logger: Logger

  /// Parts that write into `database`.
  public init(_ settings: DaemonSettings, _ database: Database, logger: Logger) {
    queue = BatchQueue(limits: settings.queue)
    memory = MemoryBudget(limit: settings.ingestMemory)
    store = database.store(queue: queue, activity: activity)
    self.settings = settings
    self.logger = logger
  }

  /// What the TCP side needs of them.
  public var sessions: IngestServices {
    IngestServices(
      store: store, queue: queue, memory: memory,
      validator: ColumnValidator(limits: settings.limits.event), activity: activity, logger: logger)
  }

  /// What the HTTP side needs of them.
  public var publishing: PublishServices {
    PublishServices(
      store: store, queue: queue, memory: memory, activity: activity, batchLimits: settings.limits.batch,
      eventLimits: settings.limits.event)
  }

  /// What the HTTP side shows of them, in a process that started at `started`.
  public func monitor(started: ContinuousClock.Instant) -> IngestMonitor {
    IngestMonitor(
      queue: queue, queueBytes: settings.queue.bytes, memory: memory, activity: activity, store: store,
      writers: settings.writers, started: started)
  }
}
