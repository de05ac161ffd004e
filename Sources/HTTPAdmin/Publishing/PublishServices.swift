public import Ingest
public import WireProtocol

/// The parts of ingest that requests publish through, the same that the TCP side has.
public struct PublishServices: Sendable {
  /// Registers producers.
  public let store: any EventStore
  /// Takes batches.
  public let queue: BatchQueue
  /// What queued batches may take (`ingest.memory`).
  public let memory: MemoryBudget
  /// Told of accepted batches.
  public let activity: IngestActivity
  /// The bounds of one request's events.
  public let batchLimits: BatchLimits
  /// The bounds of an event; one beyond them is refused.
  public let eventLimits: EventLimits

  /// The parts, as the daemon wires them.
  public init(
    store: any EventStore, queue: BatchQueue, memory: MemoryBudget, activity: IngestActivity,
    batchLimits: BatchLimits, eventLimits: EventLimits
  ) {
    self.store = store
    self.queue = queue
    self.memory = memory
    self.activity = activity
    self.batchLimits = batchLimits
    self.eventLimits = eventLimits
  }
}
