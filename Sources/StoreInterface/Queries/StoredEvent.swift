/// A stored event.
public struct StoredEvent: Hashable, Sendable {
  /// The topic.
  public let topic: String
  /// The event id.
  public let eventID: String
  /// Event time in microseconds since 1970.
  public let timestamp: Int64
  /// The source.
  public let source: String
  /// The payload's JSON as the database returns it: the sent bytes if the column type is `json`; nil for
  /// none.
  public let payload: [UInt8]?
  /// Start of the transaction that stored the event, in microseconds since 1970.
  public let processedAt: Int64

  /// Creates a row of `events`.
  public init(
    topic: String, eventID: String, timestamp: Int64, source: String, payload: [UInt8]?, processedAt: Int64
  ) {
    self.topic = topic
    self.eventID = eventID
    self.timestamp = timestamp
    self.source = source
    self.payload = payload
    self.processedAt = processedAt
  }

  /// The position of the event in the order of all events.
  public var position: EventPosition {
    EventPosition(timestamp: timestamp, eventID: eventID, topic: topic)
  }
}
