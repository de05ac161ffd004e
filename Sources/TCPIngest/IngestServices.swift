public import Ingest
public import Logging
public import StoreInterface

/// Parts of the process that all connections of one server share.
public struct IngestServices: Sendable {
  /// Registers producers.
  public let store: any EventStore
  /// Takes batches.
  public let queue: BatchQueue
  /// The memory budget of batches.
  public let memory: MemoryBudget
  /// Memory that connections use for bytes that their peers sent or have not read yet.
  public let connectionMemory: ConnectionMemory
  /// Pool of buffers for frames.
  let frameBuffers: BufferPool
  /// Pool of buffers for columns.
  let columnBuffers: BufferPool
  /// Validates the events of batches.
  public let validator: ColumnValidator
  /// Decides who may publish; nil when everybody who reaches the server may.
  public let authenticator: (any ConnectionAuthenticator)?
  /// The use that principals make of their quotas, here and over HTTP.
  public let quotas: QuotaAccounts
  /// Counters of the ingest path.
  public let activity: IngestActivity
  /// Logs refusals.
  public let logger: Logger

  /// Creates the services. The buffer pools are sized by `memory.limit`.
  public init(
    store: any EventStore, queue: BatchQueue, memory: MemoryBudget,
    connectionMemory: ConnectionMemory = ConnectionMemory(limit: 32 << 20), validator: ColumnValidator,
    authenticator: (any ConnectionAuthenticator)? = nil, quotas: QuotaAccounts = QuotaAccounts(),
    activity: IngestActivity, logger: Logger
  ) {
    self.store = store
    self.queue = queue
    self.memory = memory
    self.connectionMemory = connectionMemory
    frameBuffers = BufferPool(limit: BufferPool.frameLimit(budget: memory.limit))
    columnBuffers = BufferPool(limit: BufferPool.columnLimit(budget: memory.limit))
    self.validator = validator
    self.authenticator = authenticator
    self.quotas = quotas
    self.activity = activity
    self.logger = logger
  }
}
