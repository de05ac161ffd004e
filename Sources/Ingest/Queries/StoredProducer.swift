public import WireProtocol

/// A producer as the database knows it: its registration, and what it sent.
public struct StoredProducer: Hashable, Sendable {
  /// Its identity.
  public let producer: ProducerID
  /// The name it gave.
  public let name: String
  /// The principal that registered it; empty without authentication.
  public let owner: String
  /// The number of its newest session.
  public let session: Int64
  /// Every sequence at or below it is settled.
  public let floor: Int64
  /// When it registered last, in microseconds since 1970.
  public let seenAt: Int64
  /// Batches that it had committed.
  public let batches: Int64
  /// Their events.
  public let counts: AuditReport.Counts

  /// A row of `producers`, with the sums of the ledger added.
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

  /// Where it stands in the order of all.
  public var place: ProducerPlace { ProducerPlace(name: name, producer: producer) }
}

/// Where a producer stands in the order of all: by name, byte by byte, then by identity.
public struct ProducerPlace: Hashable, Sendable {
  /// The name.
  public let name: String
  /// The identity.
  public let producer: ProducerID

  /// The place of the producer with these values.
  public init(name: String, producer: ProducerID) {
    self.name = name
    self.producer = producer
  }
}
