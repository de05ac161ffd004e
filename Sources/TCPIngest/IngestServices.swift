public import Ingest
public import Logging

/// What the sessions of one server share with the rest of the process.
public struct IngestServices: Sendable {
  /// Registers producers.
  public let store: any EventStore
  /// Takes batches.
  public let queue: BatchQueue
  /// The memory of bodies and batches.
  public let memory: MemoryBudget
  /// Memory of frames that are done with.
  let spareFrames: SpareBuffers
  /// Memory of columns that are done with.
  let spareColumns: SpareBuffers
  /// Judges events.
  public let validator: ColumnValidator
  /// Counts what happens.
  public let activity: IngestActivity
  /// Told of refusals.
  public let logger: Logger

  /// The parts that a server is wired to.
  public init(
    store: any EventStore, queue: BatchQueue, memory: MemoryBudget, validator: ColumnValidator,
    activity: IngestActivity, logger: Logger
  ) {
    self.store = store
    self.queue = queue
    self.memory = memory
    spareFrames = SpareBuffers(limit: SpareBuffers.frameLimit(budget: memory.limit))
    spareColumns = SpareBuffers(limit: SpareBuffers.columnLimit(budget: memory.limit))
    self.validator = validator
    self.activity = activity
    self.logger = logger
  }
}
