public import WireProtocol

/// A dead-lettered event: a row of `dead_events`.
public struct StoredDeadEvent: Hashable, Sendable {
  /// The position among all dead events.
  public var place: DeadEventPlace
  /// The reason: a raw value of `DeadReason`, or one that another version of the program wrote.
  public var reason: String
  /// The message of the database, if the database refused the event.
  public var detail: String?
  /// The producer.
  public var producer: ProducerID
  /// The sequence of its batch.
  public var sequence: Int64
  /// Start of the transaction that stored the row, in microseconds since 1970.
  public var keptAt: Int64
  /// Event time in microseconds since 1970, as sent; nil when it does not fit into 64 bits.
  public var timestamp: Int64?
  /// The topic; nil when the database cannot store it.
  public var topic: String?
  /// The event id; nil when the database cannot store it.
  public var eventID: String?
  /// The source; nil when the database cannot store it.
  public var source: String?
  /// The time at which the event was published again, in microseconds since 1970; nil when it was not.
  public var republishedAt: Int64?
  /// The first bytes of the field that the reason names, at most 8 KiB in lists.
  public var bytes: [UInt8]
  /// The full length of that field in bytes.
  public var byteCount: Int

  /// Creates a row with the values that are always present.
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

/// The position of a dead event among all: by batch id, then by position in the batch.
public struct DeadEventPlace: Hashable, Sendable {
  /// The id of its batch.
  public let batchID: Int64
  /// The position in the batch, from 0.
  public let position: Int

  /// Creates a position.
  public init(batchID: Int64, position: Int) {
    self.batchID = batchID
    self.position = position
  }
}

extension DeadEventPlace: LosslessStringConvertible {
  /// Both numbers in decimal digits, with a hyphen between them.
  public var description: String { "\(batchID)-\(position)" }

  /// Reads the text form; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let batchID = Int64(parts[0]), let position = Int32(parts[1])
    else { return nil }
    self.init(batchID: batchID, position: Int(position))
  }
}
