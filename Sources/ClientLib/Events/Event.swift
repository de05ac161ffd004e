/// One event. Its key is (topic, id): of two events with the same key the server stores the first.
///
/// Topic, id and source are 1-255 Unicode scalars (`name scalars` of the server's limits) without U+0000.
/// An event that breaks a rule is not an error of `publish`: the server keeps it aside as a dead event
/// with its reason, counts it as dead, and commits the rest of its batch.
public struct Event: Hashable, Sendable {
  /// What it is about, as `orders.invoice.created`.
  public var topic: String
  /// Its identity within the topic. Ids that rise with time are stored several times faster than random ones.
  public var id: String
  /// When it happened.
  public var timestamp: Timestamp
  /// Who says so.
  public var source: String
  /// JSON (RFC 8259) in UTF-8, stored byte for byte; nil for none.
  public var payload: [UInt8]?

  /// An event whose payload is given as bytes.
  public init(topic: String, id: String, timestamp: Timestamp = .now, source: String, payload: [UInt8]?) {
    self.topic = topic
    self.id = id
    self.timestamp = timestamp
    self.source = source
    self.payload = payload
  }

  /// An event whose payload is given as a text, or that has none.
  public init(
    topic: String, id: String, timestamp: Timestamp = .now, source: String, payload: String? = nil
  ) {
    self.init(
      topic: topic, id: id, timestamp: timestamp, source: source, payload: payload.map { Array($0.utf8) })
  }
}
