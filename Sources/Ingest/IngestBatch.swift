public import WireProtocol

/// One batch on its way from a socket or a request to a transaction.
///
/// Immutable and shared by reference: the columns are touched by receiving, decompressing,
/// validating and COPY encoding, and copied by none of them in between.
public final class IngestBatch: Sendable {
  /// Who sent it, and under which number.
  public let key: BatchKey
  /// The lowest sequence that the producer may still send, as this batch declared it.
  public let base: UInt64
  /// 64 bits over the uncompressed columns (`Digest64`); tells a replay from a reused sequence.
  public let digest: UInt64
  /// The connection's session number, 0 when it has none (HTTP).
  public let session: Int64
  /// As whom its producer registered.
  public let origin: ProducerOrigin
  /// The events.
  public let columns: EventColumns
  /// Events that can never be stored, ascending by position.
  public let dead: [DeadEvent]
  /// Whether its producer sends nothing more before it is settled, as a request that awaits its answer.
  public let isAwaited: Bool
  /// When the queue accepted it.
  public let acceptedAt: ContinuousClock.Instant
  /// The memory that it takes from the server's budget, given back with the batch itself.
  private let reservation: MemoryReservation?
  /// Where the memory of the columns goes in the end.
  private let spares: SpareBuffers?

  /// A validated batch; `dead` comes from `ColumnValidator`.
  public init(
    key: BatchKey, base: UInt64, digest: UInt64, session: Int64, columns: EventColumns,
    dead: [DeadEvent], acceptedAt: ContinuousClock.Instant, reservation: MemoryReservation? = nil,
    spares: SpareBuffers? = nil, origin: ProducerOrigin = .unnamed, isAwaited: Bool = false
  ) {
    self.key = key
    self.base = base
    self.digest = digest
    self.session = session
    self.origin = origin
    self.columns = columns
    self.dead = dead
    self.isAwaited = isAwaited
    self.acceptedAt = acceptedAt
    self.reservation = reservation
    self.spares = spares
  }

  deinit { spares?.give(columns.bytes) }

  /// Events in the batch.
  public var received: Int { columns.count }
  /// Bytes it holds in memory, as the queue counts them.
  public var byteCount: Int { columns.bytes.count }
}

/// The identity of a batch: a producer never uses one sequence for two different batches.
public struct BatchKey: Hashable, Sendable {
  /// The producer.
  public let producer: ProducerID
  /// The batch's number, from 1.
  public let sequence: UInt64

  /// The key of the batch that `producer` numbered `sequence`.
  public init(producer: ProducerID, sequence: UInt64) {
    self.producer = producer
    self.sequence = sequence
  }
}

/// An event that can never be stored, by its place in the batch.
public struct DeadEvent: Hashable, Sendable {
  /// Zero-based place in the batch.
  public let position: Int
  /// Why.
  public let reason: DeadReason

  /// The event at `position` is dead because of `reason`.
  public init(position: Int, reason: DeadReason) {
    self.position = position
    self.reason = reason
  }
}
