#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One event. Its key is topic and id: the server stores the first event with a key and counts others as
/// duplicates.
///
/// Topic, id and source have 1-255 Unicode scalars (`name scalars` of the server's limits) without U+0000.
/// `publish` does not check these rules: the server keeps an event that breaks one as a dead event with its
/// reason, counts it as dead, and commits the rest of its batch.
public struct Event: Hashable, Sendable {
  /// Subject of the event, such as `orders.invoice.created`.
  public var topic: String
  /// Identity within the topic. Ids that rise with time are stored several times faster than random ones.
  public var id: String
  /// Time when it happened.
  public var timestamp: Timestamp
  /// Program or system that reports the event.
  public var source: String
  /// JSON (RFC 8259) in UTF-8, stored byte for byte; nil for no payload.
  public var payload: [UInt8]?

  /// An event with its payload as bytes.
  public init(topic: String, id: String, timestamp: Timestamp = .now, source: String, payload: [UInt8]?) {
    self.topic = topic
    self.id = id
    self.timestamp = timestamp
    self.source = source
    self.payload = payload
  }

  /// An event with its payload as text, or without one.
  public init(
    topic: String, id: String, timestamp: Timestamp = .now, source: String, payload: String? = nil
  ) {
    self.init(
      topic: topic, id: id, timestamp: timestamp, source: source, payload: payload.map { Array($0.utf8) })
  }
}

/// Time of an event in microseconds, the resolution of the store.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z, negative before. The server stores the years 1 to 9999; an
  /// event outside them becomes a dead event.
  public let microseconds: Int64

  /// The time `microseconds` after 1970-01-01T00:00:00Z.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// The present time of the system clock, which may jump when it is set.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// Whether `one` is earlier than `other`.
  public static func < (one: Timestamp, other: Timestamp) -> Bool { one.microseconds < other.microseconds }
}
