public import WireProtocol

/// A producer in the database: its registration and its counts.
public struct StoredProducer: Hashable, Sendable {
  /// The identity.
  public let producer: ProducerID
  /// The name that the producer gave.
  public let name: String
  /// The principal that registered the producer; empty without authentication.
  public let owner: String
  /// The number of the newest session.
  public let session: Int64
  /// The sequence up to which all batches are settled.
  public let floor: Int64
  /// The last time that a server saw the producer connected, in microseconds since 1970.
  public let seenAt: Int64
  /// Number of committed batches.
  public let batches: Int64
  /// The events of these batches.
  public let counts: AuditReport.Counts

  /// Creates a row of `producers`, with the sums of the ledger added.
  public init(
    producer: ProducerID, name: String, owner: String, session: Int64, floor: Int64, seenAt: Int64,
    batches: Int64, counts: AuditReport.Counts
  ) {
    self.producer = producer
    self.name = name
    self.owner = owner
    self.session = session
    self.floor = floor
    self.seenAt = seenAt
    self.batches = batches
    self.counts = counts
  }

  /// The position of the producer among all in the order of names.
  public var place: ProducerPlace { ProducerPlace(name: name, producer: producer) }
}

/// The position of a producer among all: by rank, then by name, byte by byte, then by identity.
public struct ProducerPlace: Hashable, Sendable {
  /// A number that is smaller for a producer that comes earlier; 0 in the order of names.
  public let rank: Int64
  /// The name.
  public let name: String
  /// The identity.
  public let producer: ProducerID

  /// Creates a position.
  public init(rank: Int64 = 0, name: String, producer: ProducerID) {
    self.rank = rank
    self.name = name
    self.producer = producer
  }
}
