public import Ingest
public import StoreInterface
public import WireProtocol

/// The parts of ingest that publishing requests use, the same as on the TCP side.
public struct PublishServices: Sendable {
  /// Registers producers.
  public let store: any EventStore
  /// Takes batches.
  public let queue: BatchQueue
  /// The memory for received and queued batches (`ingest.memory`).
  public let memory: MemoryBudget
  /// The use that principals make of their quotas, here and on the ingest port.
  public let quotas: QuotaAccounts
  /// Counts accepted batches.
  public let activity: IngestActivity
  /// Bounds of the events of one request; a request above them is answered with 413.
  public let batchLimits: BatchLimits
  /// Bounds of one event; an event outside them is refused.
  public let eventLimits: EventLimits

  /// Creates the set of parts.
  public init(
    store: any EventStore, queue: BatchQueue, memory: MemoryBudget, quotas: QuotaAccounts = QuotaAccounts(),
    activity: IngestActivity, batchLimits: BatchLimits, eventLimits: EventLimits
  ) {
    self.store = store
    self.queue = queue
    self.memory = memory
    self.quotas = quotas
    self.activity = activity
    self.batchLimits = batchLimits
    self.eventLimits = eventLimits
  }
}
