/// Why an event can not be put into any batch.
public enum EventRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The topic, source or event id is longer than a length of 16 bits can say.
  case nameTooLong(bytes: Int)
  /// The event alone is over the limit of a batch's raw bytes.
  case eventTooLarge(bytes: Int, limit: Int)

  /// What is too long, how long it is, and where the limit lies.
  public var description: String {
    switch self {
    case .nameTooLong(let bytes):
      "a topic, source or event id has \(bytes) bytes, the format ends at \(UInt16.max); shorten it"
    case .eventTooLarge(let bytes, let limit):
      "the event alone makes a batch of \(bytes) bytes, the limit is \(limit); shorten its payload"
    }
  }
}
