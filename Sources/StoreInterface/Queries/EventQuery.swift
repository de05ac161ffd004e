/// A selection of events and their order.
public struct EventQuery: Hashable, Sendable {
  /// The direction by event time. Events of one time are ordered by event id and topic, byte by byte, in the
  /// same direction.
  public enum Order: String, Hashable, Sendable, CaseIterable {
    /// The newest first.
    case newestFirst = "desc"
    /// The oldest first.
    case oldestFirst = "asc"
  }

  /// Selects one topic.
  public var topic: String?
  /// Selects only events of these topics; nil when the reader may see all topics.
  public var permitted: PermittedTopics?
  /// Selects one source.
  public var source: String?
  /// Selects one event id.
  public var eventID: String?
  /// Selects events of this time or later, in microseconds since 1970.
  public var since: Int64?
  /// Selects events before this time, in microseconds since 1970.
  public var until: Int64?
  /// The direction.
  public var order: Order
  /// Maximum number of events, 1 to 1,000.
  public var limit: Int
  /// Selects only events after this one, in the order of the query.
  public var after: EventPosition?
  /// Number of events to skip at the beginning, 0 to 10,000.
  public var offset: Int

  /// Creates a query for the newest `limit` events; parameters narrow it.
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

  /// Creates the key of an event.
  public init(topic: String, eventID: String) {
    self.topic = topic
    self.eventID = eventID
  }
}

/// The position of an event in the order of all events: by time, then event id, then topic, the names byte by
/// byte.
public struct EventPosition: Hashable, Sendable {
  /// Event time in microseconds since 1970.
  public let timestamp: Int64
  /// The event id.
  public let eventID: String
  /// The topic.
  public let topic: String

  /// Creates a position.
  public init(timestamp: Int64, eventID: String, topic: String) {
    self.timestamp = timestamp
    self.eventID = eventID
    self.topic = topic
  }
}

/// A page of events.
public struct EventPage: Hashable, Sendable {
  /// The events in the order of the query. There are fewer than the limit at the end, or if their payloads
  /// reach the maximum size of a page.
  public let events: [StoredEvent]
  /// Whether more events follow.
  public let hasMore: Bool

  /// Creates a page.
  public init(events: [StoredEvent], hasMore: Bool) {
    self.events = events
    self.hasMore = hasMore
  }
}
