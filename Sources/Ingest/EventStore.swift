public import WireProtocol

/// What ingest needs of a store, and all that it knows of one.
///
/// Batches reach a store through `BatchQueue`: its writers take groups from there and settle each
/// batch there. Postgres implements this in `Storage`; tests and the null-sink benchmark have their own.
public protocol EventStore: Sendable {
  /// Registers a producer's new session (HELLO) and answers what is settled already.
  ///
  /// `completion` is called exactly once, on any thread, within a bounded time; it must not block.
  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<ProducerSession, RegistrationError>) -> Void)

  /// Since when the store can not be reached; nil while it can.
  var awaySince: ContinuousClock.Instant? { get }
}

/// A HELLO, as the store sees it.
public struct ProducerRegistration: Sendable {
  /// The producer.
  public let producer: ProducerID
  /// Whose it is.
  public let origin: ProducerOrigin
  /// The lowest sequence that the producer may still send.
  public let base: UInt64
  /// How many sequences from `base` on to report as settled or not.
  public let span: UInt32

  /// A registration of `producer` by `origin`.
  public init(producer: ProducerID, origin: ProducerOrigin, base: UInt64, span: UInt32) {
    self.producer = producer
    self.origin = origin
    self.base = base
    self.span = span
  }
}

/// Whose a producer is. Batches carry it, so that a producer that was forgotten meanwhile can be registered
/// again.
public struct ProducerOrigin: Hashable, Sendable {
  /// The principal that owns it; "" where authentication is off.
  public let owner: String
  /// The client's name, for people.
  public let name: String
  /// Whether it stands for one batch alone, that of an idempotency key, and is soon forgotten.
  public let isSingleBatch: Bool

  /// A producer of `owner`, which calls itself `name`.
  public init(owner: String, name: String, isSingleBatch: Bool = false) {
    self.owner = owner
    self.name = name
    self.isSingleBatch = isSingleBatch
  }

  /// A producer without owner or name.
  public static let unnamed = ProducerOrigin(owner: "", name: "")
}

/// The store's answer to a registration.
public struct ProducerSession: Sendable {
  /// This connection's number; the highest one of a producer wins.
  public let session: Int64
  /// Every sequence at or below it is settled.
  public let floor: UInt64
  /// The settled sequences in `base ..< base + span`.
  public let settled: [UInt64]
  /// Which database this is.
  public let lineage: Lineage
  /// What "committed" means here.
  public let durability: Durability

  /// The answer of a store that knows `lineage`.
  public init(
    session: Int64, floor: UInt64, settled: [UInt64], lineage: Lineage, durability: Durability
  ) {
    self.session = session
    self.floor = floor
    self.settled = settled
    self.lineage = lineage
    self.durability = durability
  }
}

/// Why a producer could not be registered.
public enum RegistrationError: Error, Sendable {
  /// Another principal registered this UUID.
  case notYours
  /// The base lies at or below the floor: a copy or an old backup speaks.
  case stale
  /// The store did not answer in time; try again.
  case unavailable
}
