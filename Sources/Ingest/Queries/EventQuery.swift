/// Which events to return, and in which order.
public struct EventQuery: Hashable, Sendable {
  /// The two directions along event time. Events of one time are ordered by event id and topic, byte by
  /// byte, in the same direction.
  public enum Order: String, Hashable, Sendable, CaseIterable {
    /// The newest first.
    case newestFirst = "desc"
    /// The oldest first.
    case oldestFirst = "asc"
  }

  /// Only this topic.
  public var topic: String?
  /// Only this source.
  public var source: String?
  /// Only this event id.
  public var eventID: String?
  /// Only events of this time or later, in microseconds since 1970.
  public var since: Int64?
  /// Only events before this time, in microseconds since 1970.
  public var until: Int64?
  /// The direction.
  public var order: Order
  /// At most this many, 1-1,000.
  public var limit: Int
  /// Only events behind this one, in the order of the query.
  public var after: EventPosition?
  /// How many of the events to leave out at the beginning, 0-10,000.
  public var offset: Int

  /// All events, the newest `limit` of them, unless narrowed.
  public init(
    topic: String? = nil, source: String? = nil, eventID: String? = nil, since: Int64? = nil,
    until: Int64? = nil, order: Order = .newestFirst, limit: Int = 100, after: EventPosition? = nil,
    offset: Int = 0
  ) {
    self.topic = topic
    self.source = source
    self.eventID = eventID
    self.since = since
    self.until = until
    self.order = order
    self.limit = limit
    self.after = after
    self.offset = offset
  }
}

/// The identity of an event.
public struct EventKey: Hashable, Sendable {
  /// The topic.
  public let topic: String
  /// The event id.
  public let eventID: String

  /// The key of two names.
  public init(topic: String, eventID: String) {
    self.topic = topic
    self.eventID = eventID
  }
}

/// Where an event stands in the order of all events: by time, then event id, then topic, the names byte by
/// byte.
public struct EventPosition: Hashable, Sendable {
  /// Event time in microseconds since 1970.
  public let timestamp: Int64
  /// The event id.
  public let eventID: String
  /// The topic.
  public let topic: String

  /// The place of the event with these values.
  public init(timestamp: Int64, eventID: String, topic: String) {
    self.timestamp = timestamp
    self.eventID = eventID
    self.topic = topic
  }
}

/// A page of events.
public struct EventPage: Hashable, Sendable {
  /// The events, in the order of the query; fewer than its limit where they end, or where the bytes of
  /// their payloads reach the bound of a page.
  public let events: [StoredEvent]
  /// Whether more events follow.
  public let hasMore: Bool

  /// A page that ends with the last of `events`.
  public init(events: [StoredEvent], hasMore: Bool) {
    self.events = events
    self.hasMore = hasMore
  }
}
