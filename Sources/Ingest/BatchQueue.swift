public import WireProtocol

/// The bounds of the queue between sockets and writers.
public struct QueueLimits: Sendable {
  /// Raw bytes of waiting batches.
  public var bytes: Int
  /// Waiting batches.
  public var batches: Int
}

/// The bounds of one group: the batches of one transaction.
public struct GroupLimits: Sendable {
  /// Events in a group; a larger batch is a group of its own.
  public var events: Int
  /// Raw bytes in a group; likewise.
  public var bytes: Int
  /// How long a group waits for more batches once it has one.
  public var delay: Duration
}

/// What the queue did with a batch.
public enum Offer: Sendable {
  /// It waits for a writer.
  case accepted(QueueDepth)
  /// The same batch was waiting or being committed already; its answer goes to both.
  case joined(QueueDepth)
  /// No room: stop reading, and come back when `whenSpace` calls.
  case full
  /// Another batch of this number with other bytes is waiting.
  case sequenceReused
  /// The server is draining.
  case closed
}

/// How much waits.
public struct QueueDepth: Sendable {
  /// Batches.
  public let batches: Int
  /// Raw bytes.
  public let bytes: Int
}

/// The bounded queue between those who receive batches and the writers.
///
///     func offer(_ batch: IngestBatch, observer: any SettlementObserver) -> Offer
///     func whenSpace(_ resume: @escaping @Sendable () -> Void)          // once, from any thread
///     func takeGroup(_ limits: GroupLimits) -> [IngestBatch]?           // blocks; nil: closed and empty
///     func settle(_ batch: IngestBatch, _ outcome: BatchOutcome)        // exactly once for each taken batch
///     func supersede(_ producer: ProducerID, by session: Int64, in group: [IngestBatch])
///     func close()                                                      // offers are refused, what waits is still taken
///     var depth: QueueDepth { get }  var oldest: ContinuousClock.Instant? { get }
public final class BatchQueue: Sendable {
}
