public import Ingest
public import WireProtocol

/// The write side of a store.
///
/// Batches reach a store through a `GroupSource`, where its writers take groups and settle each batch.
/// `Storage` implements this protocol with Postgres; tests and benchmarks have other implementations.
public protocol EventStore: Sendable {
  /// Prepares the store and starts its writers. Called once.
  /// - Throws: The reason why the store cannot be used; one line for the person who starts the program.
  func start() async throws

  /// Ends the writers, after the source of their groups was closed. Waits until all batches are settled.
  /// - Parameter limit: The longest time to wait.
  /// - Returns: Number of accepted batches that are not settled; 0 when all are.
  func stop(within limit: Duration) async -> Int

  /// Registers a new session of a producer (HELLO) and returns which of its batches are settled.
  ///
  /// - Parameter completion: Called exactly once, on any thread, within a bounded time; must not block.
  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void)

  /// The newest incarnation of the store. Connections that an older one registered must be closed.
  var incarnation: StoreIncarnation { get }

  /// Time at which the store became unavailable; nil while it is available.
  var unavailableSince: ContinuousClock.Instant? { get }
}

/// A request to register a producer (HELLO).
public struct ProducerRegistration: Sendable {
  /// The producer.
  public let producer: ProducerID
  /// The owner and name of the producer.
  public let origin: ProducerOrigin
  /// The lowest sequence that the producer may still send.
  public let base: UInt64
  /// Number of sequences from `base` on whose settlement the grant reports.
  public let span: UInt32

  /// Creates a registration of `producer`.
  public init(producer: ProducerID, origin: ProducerOrigin, base: UInt64, span: UInt32) {
    self.producer = producer
    self.origin = origin
    self.base = base
    self.span = span
  }
}

/// The result of a registration.
public struct RegistrationGrant: Sendable {
  /// The session number of this connection. The highest one of a producer is the valid one.
  public let session: Int64
  /// The sequence up to which all batches are settled.
  public let floor: UInt64
  /// The highest sequence of the producer that the store knows, at least `floor`; 0 when it knows none.
  public let highest: UInt64
  /// The settled sequences within `base ..< base + span`.
  public let settled: [UInt64]
  /// The identity of the database.
  public let lineage: Lineage
  /// The guarantee of a commit.
  public let durability: Durability
  /// The incarnation of the store that registered the producer.
  public let incarnation: StoreIncarnation

  /// Creates a grant.
  public init(
    session: Int64, floor: UInt64, highest: UInt64, settled: [UInt64], lineage: Lineage,
    durability: Durability, incarnation: StoreIncarnation
  ) {
    assert(zip(settled, settled.dropFirst()).allSatisfy { $0 < $1 }, "settled sequences ascend")
    precondition(highest >= floor, "the highest known sequence cannot be below the floor")
    self.session = session
    self.floor = floor
    self.highest = highest
    self.settled = settled
    self.lineage = lineage
    self.durability = durability
    self.incarnation = incarnation
  }
}

/// The reason why a producer could not be registered.
public enum RegistrationError: Error, Sendable {
  /// Another principal owns this UUID.
  case notYours
  /// The base is at or below the floor, so the client is an old copy of the producer.
  case stale
  /// The store did not answer in time; the registration can be repeated.
  case unavailable
}
