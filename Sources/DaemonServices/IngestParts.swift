public import DaemonConfiguration
public import HTTPAdmin
public import Ingest
public import Logging
public import StoreInterface
public import TCPIngest

/// The parts that TCP and HTTP share to bring batches to a store, wired from the settings. The store itself is
/// made over `queue`, `activity` and `health`.
public struct IngestParts: Sendable {
  /// The queue between the receivers of batches and the writers.
  public let queue: BatchQueue
  /// The counters and rates of ingest.
  public let activity = IngestActivity()
  /// The problems that keep batches from being committed.
  public let health: IngestHealth
  /// The use that principals make of their quotas, over TCP and HTTP together.
  public let quotas = QuotaAccounts()
  private let memory: MemoryBudget
  private let connectionMemory: ConnectionMemory
  private let settings: DaemonSettings
  private let logger: Logger

  /// The parts for a daemon with these settings.
  public init(_ settings: DaemonSettings, logger: Logger) {
    queue = BatchQueue(limits: settings.queue)
    memory = MemoryBudget(limit: settings.ingestMemory)
    connectionMemory = ConnectionMemory(limit: settings.ingestBuffers)
    health = IngestHealth(threshold: settings.timeouts.stall)
    self.settings = settings
    self.logger = logger
  }

  /// Returns the parts that the TCP server needs to bring batches to `store`.
  /// - Parameter authenticator: decides who may publish; nil when everybody who reaches the server may.
  public func sessions(
    over store: any EventStore, authenticator: (any ConnectionAuthenticator)? = nil
  ) -> IngestServices {
    IngestServices(
      store: store, queue: queue, memory: memory, connectionMemory: connectionMemory,
      validator: ColumnValidator(limits: settings.limits.event), authenticator: authenticator, quotas: quotas,
      activity: activity, logger: logger)
  }

  /// Returns the parts that the HTTP server needs to bring batches to `store`.
  public func publishing(over store: any EventStore) -> PublishServices {
    PublishServices(
      store: store, queue: queue, memory: memory, quotas: quotas, activity: activity,
      batchLimits: settings.limits.batch, eventLimits: settings.limits.event)
  }

  /// Returns the monitor of `store` for the HTTP server, in a process that started at `started`.
  public func monitor(of store: any EventStore, started: ContinuousClock.Instant) -> IngestMonitor {
    IngestMonitor(
      queue: queue, queueLimits: settings.queue, memory: memory, activity: activity, health: health,
      store: store, writers: settings.writers, started: started)
  }

  /// Reports to `health` whether connections wait for memory that others hold. To be called about once a
  /// second.
  public func reportMemory(at now: ContinuousClock.Instant) {
    guard connectionMemory.isContended else { return health.end("connections") }
    health.report(
      "connections", .memory,
      "connections hold \(connectionMemory.byteCount >> 10) KiB of ingest.buffers and others wait; connections "
        + "that send slowly are closed", at: now)
  }
}
