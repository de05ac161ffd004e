/// A selection of events and their order. The conditions of its filter are members of the query, too.
@dynamicMemberLookup
public struct EventQuery: Hashable, Sendable {
  /// The direction by the time of the filter. Events of one time are ordered by event id and topic, byte by byte, in
  /// the same direction.
  public enum Order: String, Hashable, Sendable, CaseIterable {
    /// The newest first.
    case newestFirst = "desc"
    /// The oldest first.
    case oldestFirst = "asc"
  }

  /// The selection.
  public var filter: EventFilter
  /// The direction.
  public var order: Order
  /// Maximum number of events, 1 to 1,000.
  public var limit: Int
  /// Selects only events after this one, in the order of the query.
  public var after: EventPosition?
  /// Selects only events of this time and of the times after it in the order of the query, in microseconds since 1970.
  public var from: Int64?
  /// Width of the first slice of time that the store reads, in microseconds, as the search before this one left it; nil
  /// when it is the first. A hint: otherwise each search would begin to cross a long time without events anew.
  public var width: Int64?
  /// Number of events to skip at the beginning, 0 to 10,000.
  public var offset: Int

  /// Creates a query for the newest `limit` events; parameters narrow it.
  public init(
    topic: String? = nil, source: String? = nil, eventID: String? = nil, since: Int64? = nil,
    until: Int64? = nil, order: Order = .newestFirst, limit: Int = 100, after: EventPosition? = nil,
    offset: Int = 0
  ) {
    self.init(
      EventFilter(
        topics: topic.map { .one($0) } ?? .all, source: source, eventID: eventID, since: since, until: until),
      order: order, limit: limit, after: after, offset: offset)
  }

  /// Creates a query for the newest `limit` events that `filter` selects.
  public init(
    _ filter: EventFilter, order: Order = .newestFirst, limit: Int = 100, after: EventPosition? = nil,
    offset: Int = 0
  ) {
    self.filter = filter
    self.order = order
    self.limit = limit
    self.after = after
    self.offset = offset
  }

  /// A condition of the filter.
  public subscript<Value>(dynamicMember member: WritableKeyPath<EventFilter, Value>) -> Value {
    get { filter[keyPath: member] }
    set { filter[keyPath: member] = newValue }
  }

  /// Whether the newest events come first.
  public var isDescending: Bool { order == .newestFirst }

  /// Returns the position of `event` in the order of the query.
  public func position(of event: StoredEvent) -> EventPosition {
    EventPosition(
      timestamp: filter.clock == .eventTime ? event.timestamp : event.processedAt, eventID: event.eventID,
      topic: event.topic)
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

/// The position of an event in the order of a query: by time, then event id, then topic, the names byte by
/// byte.
public struct EventPosition: Hashable, Sendable {
  /// The time by which the query orders, in microseconds since 1970.
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
  /// The events in the order of the query. There are fewer than the limit at the end, if their payloads reach the
  /// maximum size of a page, or if the search has used up its time.
  public let events: [StoredEvent]
  /// The query for the next page; nil when the search has reached its end.
  public let next: EventQuery?
  /// The time up to which the search has found every event, in microseconds since 1970; nil when it has reached its
  /// end. Newest first, these are the events of this time and of later ones; oldest first, the events before it.
  public let searchedUntil: Int64?

  /// Creates a page.
  public init(events: [StoredEvent], next: EventQuery?, searchedUntil: Int64?) {
    assert((next == nil) == (searchedUntil == nil), "only a search that is not complete goes on")
    self.events = events
    self.next = next
    self.searchedUntil = searchedUntil
  }

  /// Creates the page that ends a search.
  public init(last events: [StoredEvent]) {
    self.init(events: events, next: nil, searchedUntil: nil)
  }

  /// Whether the search goes on.
  public var hasMore: Bool { next != nil }
}
