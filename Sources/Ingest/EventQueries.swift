/// What the HTTP side asks of the store. Only committed events are ever shown.
public protocol EventQueries: Sendable {
  /// The newest events by event time that match `query`.
  /// - Throws: `QueryError` when the store can not answer.
  func events(matching query: EventQuery) async throws(QueryError) -> [StoredEvent]
  /// The counters of all servers over this database.
  /// - Throws: `QueryError` when the store can not answer.
  func totals() async throws(QueryError) -> StoreTotals
  /// The names of the stored topics, which may be up to 30 s old.
  /// - Throws: `QueryError` when the store can not answer.
  func topics() async throws(QueryError) -> TopicNames
  /// A round trip to the database.
  /// - Throws: `QueryError` when it did not answer in time.
  func ping() async throws(QueryError)
}

/// Which events to return.
public struct EventQuery: Hashable, Sendable {
  /// Only this topic.
  public var topic: String?
  /// Only this source.
  public var source: String?
  /// At most this many, 1-1,000.
  public var limit: Int

  /// All events, the newest `limit` of them, unless narrowed.
  public init(topic: String? = nil, source: String? = nil, limit: Int = 100) {
    self.topic = topic
    self.source = source
    self.limit = limit
  }
}

/// An event as stored.
public struct StoredEvent: Hashable, Sendable {
  /// The topic.
  public let topic: String
  /// The event id.
  public let eventID: String
  /// Event time in microseconds since 1970.
  public let timestamp: Int64
  /// The source.
  public let source: String
  /// The payload's JSON as the database returns it: the bytes that were sent, with the column type `json`.
  public let payload: [UInt8]?
  /// When its transaction began, in microseconds since 1970.
  public let processedAt: Int64

  /// A row of `events`.
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
}

/// The sums of `counters`: since the schema was made, over all servers.
public struct StoreTotals: Hashable, Sendable {
  /// Events of committed batches.
  public let received: Int64
  /// Events stored.
  public let unique: Int64
  /// Events whose key was stored already.
  public let duplicate: Int64
  /// Events kept aside in `dead_events`.
  public let dead: Int64
  /// Duplicates whose payload differed, where `conflicts.detect` is on; a part of `duplicate`.
  public let conflicts: Int64

  /// The sums of one snapshot.
  public init(received: Int64, unique: Int64, duplicate: Int64, dead: Int64, conflicts: Int64) {
    self.received = received
    self.unique = unique
    self.duplicate = duplicate
    self.dead = dead
    self.conflicts = conflicts
  }
}

/// Names of topics.
public struct TopicNames: Hashable, Sendable {
  /// At most 1,000, sorted.
  public let names: [String]
  /// How many there are in all.
  public let count: Int

  /// The first names of `count` topics.
  public init(names: [String], count: Int) {
    self.names = names
    self.count = count
  }
}

/// Why the store could not answer.
public struct QueryError: Error, Hashable, CustomStringConvertible {
  /// What happened, for people.
  public let description: String
  /// Whether the same query may succeed later.
  public let isTransient: Bool

  /// The store failed as `description` says.
  public init(_ description: String, isTransient: Bool) {
    self.description = description
    self.isTransient = isTransient
  }
}
