public import WireProtocol

/// A batch between its socket or request and its transaction.
///
/// Immutable and shared by reference, so that receiving, decompressing, validating and COPY encoding use the
/// same columns without copies.
public final class IngestBatch: Sendable {
  /// The producer and sequence.
  public let key: BatchKey
  /// The lowest sequence that the producer may still send, as declared with this batch.
  public let base: UInt64
  /// 64-bit digest of the uncompressed columns (`Digest64`). It distinguishes a replay from a reused
  /// sequence.
  public let digest: UInt64
  /// The session number of the connection; 0 for HTTP, which has none.
  public let session: Int64
  /// The incarnation of the store that gave `session`. Sessions of different incarnations cannot be compared.
  public let incarnation: StoreIncarnation
  /// The origin with which the producer registered.
  public let origin: ProducerOrigin
  /// The events.
  public let columns: EventColumns
  /// Events that cannot be stored, ascending by position.
  public let dead: [DeadEvent]
  /// The input that took the batch.
  public let input: InputName
  /// Whether the producer sends nothing more until this batch is settled, as an HTTP request does.
  public let isAwaited: Bool
  /// Time at which the queue accepted the batch.
  public let acceptedAt: ContinuousClock.Instant
  /// The batch's share of the memory budget, released with the batch.
  private let reservation: MemoryReservation?
  /// The pool that receives the memory of the columns afterwards.
  private let buffers: BufferPool?

  /// Creates a validated batch; `dead` comes from `ColumnValidator`.
  public init(
    key: BatchKey, base: UInt64, digest: UInt64, session: Int64, columns: EventColumns,
    dead: [DeadEvent], acceptedAt: ContinuousClock.Instant, reservation: MemoryReservation? = nil,
    buffers: BufferPool? = nil, origin: ProducerOrigin = .unnamed, isAwaited: Bool = false,
    incarnation: StoreIncarnation = StoreIncarnation(0), input: InputName = .tcp
  ) {
    self.key = key
    self.base = base
    self.digest = digest
    self.session = session
    self.incarnation = incarnation
    self.origin = origin
    self.columns = columns
    self.dead = dead
    self.isAwaited = isAwaited
    self.input = input
    self.acceptedAt = acceptedAt
    self.reservation = reservation
    self.buffers = buffers
  }

  deinit { buffers?.give(columns.bytes) }

  /// Number of events.
  public var received: Int { columns.count }
  /// Bytes in memory, as the queue counts them.
  public var byteCount: Int { columns.bytes.count }
}

/// The identity of a batch: a producer uses each sequence for one batch only.
public struct BatchKey: Hashable, Sendable {
  /// The producer.
  public let producer: ProducerID
  /// The sequence number of the batch, from 1.
  public let sequence: UInt64

  /// Creates the key of the batch `sequence` of `producer`.
  public init(producer: ProducerID, sequence: UInt64) {
    self.producer = producer
    self.sequence = sequence
  }
}

/// An event that cannot be stored, by its position in the batch.
public struct DeadEvent: Hashable, Sendable {
  /// Zero-based position in the batch.
  public let position: Int
  /// The reason.
  public let reason: DeadReason

  /// Creates the mark of the event at `position`.
  public init(position: Int, reason: DeadReason) {
    self.position = position
    self.reason = reason
  }
}

/// The result of a queued batch.
public enum BatchOutcome: Hashable, Sendable {
  /// The batch was committed now.
  case committed(BatchCounts)
  /// An earlier transaction had committed the batch; these are its counts.
  case replayed(BatchCounts)
  /// The batch was committed so long ago that its ledger row is pruned.
  case countsUnknown
  /// The sequence was used for other bytes. The batch is not counted as received.
  case sequenceReused
}

/// A TCP connection or HTTP request that waits for the settlement of batches.
public protocol SettlementObserver: AnyObject, Sendable {
  /// Called once for each batch, on a writer's thread; must return at once.
  /// - Parameter incarnation: The incarnation of the store that decided. An observer that another incarnation
  ///   registered must not report the outcome to its client.
  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome, by incarnation: StoreIncarnation)
  /// Called when the producer registered a newer session elsewhere. The connection of `session` must be
  /// closed.
  func sessionSuperseded(_ producer: ProducerID, by session: Int64)
}

/// The owner and name of a producer. Batches carry it, so that a producer that was forgotten meanwhile can be
/// registered again.
public struct ProducerOrigin: Hashable, Sendable {
  /// The principal that owns the producer; "" without authentication.
  public let owner: String
  /// The name that the client chose, for people.
  public let name: String
  /// Whether the producer sends a single batch, that of an idempotency key, and is forgotten soon.
  public let isSingleBatch: Bool

  /// Creates the origin of a producer.
  public init(owner: String, name: String, isSingleBatch: Bool = false) {
    self.owner = owner
    self.name = name
    self.isSingleBatch = isSingleBatch
  }

  /// The origin of a producer without owner and name.
  public static let unnamed = ProducerOrigin(owner: "", name: "")
}

/// The number of a store's database, counted by this process. It rises when another database answers at the
/// same address: a promoted standby, a restored copy, or the same server after a restart, because a restart
/// does not show whether the data directory is still the same.
///
/// Information of one incarnation is never used for another: a commit is acknowledged only on connections
/// that were registered by the incarnation that stored it, and keys count as stored only there.
public struct StoreIncarnation: Hashable, Comparable, Sendable {
  /// The number, which rises by one with each change.
  public let number: UInt64

  /// Creates the incarnation with a number.
  public init(_ number: UInt64) {
    self.number = number
  }

  /// Returns whether `one` is older.
  public static func < (one: StoreIncarnation, other: StoreIncarnation) -> Bool {
    one.number < other.number
  }
}
