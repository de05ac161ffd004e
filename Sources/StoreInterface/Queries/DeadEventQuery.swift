public import WireProtocol

/// A selection of dead events and their order. A dead event is selected when it meets every condition. Names are
/// compared byte by byte.
public struct DeadEventQuery: Hashable, Sendable {
  /// The topics. A dead event without a readable topic has none.
  public var topics = EventFilter.Topics.all
  /// The topics that the reader may see; nil when the reader may see all dead events.
  public var permitted: PermittedTopics?
  /// The source; nil for all sources.
  public var source: String?
  /// The reason, as `dead_events` has it; nil for all reasons.
  public var reason: String?
  /// The producer; nil for all producers.
  public var producer: ProducerID?
  /// Selects events that were dead-lettered at this time or later, in microseconds since 1970.
  public var since: Int64?
  /// Selects events that were dead-lettered before this time, in microseconds since 1970.
  public var until: Int64?
  /// Whether the events were published again; nil for both.
  public var republished: Bool?
  /// The direction: by batch id, then by position in the batch.
  public var order = EventQuery.Order.newestFirst
  /// Selects only dead events after this one, in the order of the query.
  public var after: DeadEventPlace?
  /// The most dead events of a page.
  public var limit: Int

  /// Creates a query for the latest `limit` dead events, whether or not they were published again.
  public init(limit: Int) {
    precondition(limit >= 1, "a page has a dead event")
    self.limit = limit
  }

  /// Whether the latest dead events come first.
  public var isDescending: Bool { order == .newestFirst }

  /// The texts of the query that are compared with stored texts.
  public var texts: [String] {
    EventFilter(topics: topics, source: source).texts + [reason].compactMap(\.self)
  }
}

/// A page of dead events.
public struct DeadEventPage: Hashable, Sendable {
  /// The dead events, at most as many as were asked for.
  public let events: [StoredDeadEvent]
  /// The place after which the next page begins; nil when there is none. A page that has looked at many dead events
  /// ends early, so it may have few or none and still have a next page.
  public let next: DeadEventPlace?

  /// Creates a page.
  public init(events: [StoredDeadEvent], next: DeadEventPlace?) {
    self.events = events
    self.next = next
  }
}

/// Dead events that are published again.
public protocol DeadEventStore: Sendable {
  /// Returns the dead event at `place` with all its kept bytes; nil when there is none.
  /// - Throws: `QueryError` when the store cannot answer, or could not mark the event.
  func deadEvent(at place: DeadEventPlace) async throws(QueryError) -> StoredDeadEvent?
  /// Marks a dead event as published again, so that it is not tried again by itself.
  /// - Returns: the time of the mark in microseconds since 1970; nil when there is no dead event at `place`, or when
  ///   it has a mark already.
  /// - Throws: `QueryError` when the store cannot answer.
  func markRepublished(_ place: DeadEventPlace) async throws(QueryError) -> Int64?
}
