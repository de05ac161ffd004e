public import WireProtocol

/// A dead event as it was kept aside: a row of `dead_events`.
public struct KeptEvent: Hashable, Sendable {
  /// Where it stands.
  public var place: DeadEventPlace
  /// Why it can not be stored, one of `DeadReason`, unless another version of the program knows more.
  public var reason: String
  /// What the database said, where it was the database that refused.
  public var detail: String?
  /// Who sent it.
  public var producer: ProducerID
  /// In which batch.
  public var sequence: Int64
  /// When the transaction that kept it began, in microseconds since 1970.
  public var keptAt: Int64
  /// Event time in microseconds since 1970, as sent; nil when it does not fit 64 bits.
  public var timestamp: Int64?
  /// The topic; nil when the database can not hold it.
  public var topic: String?
  /// The event id; nil when the database can not hold it.
  public var eventID: String?
  /// The source; nil when the database can not hold it.
  public var source: String?
  /// The beginning of the field that the reason names, 8 KiB at most.
  public var bytes: [UInt8]
  /// How long that field is.
  public var byteCount: Int

  /// A row with what is always there.
  public init(
    place: DeadEventPlace, reason: String, producer: ProducerID, sequence: Int64, keptAt: Int64,
    bytes: [UInt8], byteCount: Int
  ) {
    self.place = place
    self.reason = reason
    self.producer = producer
    self.sequence = sequence
    self.keptAt = keptAt
    self.bytes = bytes
    self.byteCount = byteCount
  }
}

/// Where a dead event stands in the order of all: by batch id, then by its place in the batch.
public struct DeadEventPlace: Hashable, Sendable {
  /// The id of the batch that it came in.
  public let batchID: Int64
  /// Its place in the batch, from 0.
  public let position: Int

  /// The event at `position` of the batch.
  public init(batchID: Int64, position: Int) {
    self.batchID = batchID
    self.position = position
  }
}
