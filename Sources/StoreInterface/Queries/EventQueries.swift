public import Ingest

/// The queries of the HTTP server. Only committed events are returned.
public protocol EventQueries: Sendable {
  /// Returns a page of the events that match `query`, in its order. A search that takes long stops before it
  /// has found as many as were asked for; the page says where.
  /// - Throws: `QueryError` when the store cannot answer.
  func events(matching query: EventQuery) async throws(QueryError) -> EventPage
  /// Returns the number of events in each interval of `query`, the latest times first. It may stop before it
  /// has counted all; the answer says where.
  /// - Throws: `QueryError` when the store cannot answer.
  func counts(_ query: CountQuery) async throws(QueryError) -> EventCounts
  /// Returns the event with this key; nil if no event has the key.
  /// - Throws: `QueryError` when the store cannot answer.
  func event(_ key: EventKey) async throws(QueryError) -> StoredEvent?
  /// Returns the positions in `keys` of the events that `batch` itself stored. A key that another batch had stored
  /// before, or that is not stored, is left out. Of equal keys each has its position.
  /// - Throws: `QueryError` when the store cannot answer.
  func positions(of keys: [EventKey], storedBy batch: BatchKey) async throws(QueryError) -> Set<Int>
  /// Returns the counters of all servers that use this database.
  /// - Throws: `QueryError` when the store cannot answer.
  func totals() async throws(QueryError) -> StoreTotals
  /// Returns the counters without waiting for the store, if they were read within the last seconds. They have all
  /// batches that this process committed before the call, and those of other servers up to `RecentTotals.readAt`.
  /// - Throws: `QueryError` when the store has to be asked and cannot answer.
  func recentTotals() async throws(QueryError) -> RecentTotals
  /// Returns the names of the stored topics, from a cache of at most 30 s, or longer if reading them takes
  /// long.
  /// - Throws: `QueryError` when the store cannot answer.
  func topicNames() async throws(QueryError) -> TopicNames
  /// Returns the stored topics with their figures, from the same kind of cache. It also has the topics of
  /// `topicNames`, if the store finds their events by an index.
  /// - Throws: `QueryError` when the store cannot answer.
  func topicList() async throws(QueryError) -> TopicList
  /// Returns a page of dead events in the order of `query`. A search that takes long stops before it has found as
  /// many as were asked for; the page says where.
  /// - Throws: `QueryError` when the store cannot answer.
  func deadEvents(_ query: DeadEventQuery) async throws(QueryError) -> DeadEventPage
  /// Returns a page of producers in the order of `query`.
  /// - Throws: `QueryError` when the store cannot answer.
  func producers(_ query: ProducerQuery) async throws(QueryError) -> ProducerList
  /// Returns the servers of the database that gave a sign of life within the last day, by address, from a cache of at
  /// most 2 s.
  /// - Throws: `QueryError` when the store cannot answer.
  func servers() async throws(QueryError) -> [StoredServer]
  /// Checks the conservation law in one snapshot of the tables. Reads all events.
  /// - Throws: `QueryError` when the store cannot answer.
  func audit() async throws(QueryError) -> AuditReport
  /// Makes a round trip to the database.
  /// - Throws: `QueryError` when the database does not answer in time.
  func ping() async throws(QueryError)
}

/// The reason why the store could not answer a query.
public struct QueryError: Error, Hashable, CustomStringConvertible {
  /// The reason for people.
  public let description: String
  /// Whether the same query may succeed later.
  public let isTransient: Bool

  /// Creates an error.
  public init(_ description: String, isTransient: Bool) {
    self.description = description
    self.isTransient = isTransient
  }
}

/// The counters with the time of their reading.
public struct RecentTotals: Hashable, Sendable {
  /// The counters.
  public let totals: StoreTotals
  /// The time at which the counters of other servers were read, by the clock of the store, in microseconds since 1970.
  public let readAt: Int64

  /// Creates counters that were read at `readAt`.
  public init(totals: StoreTotals, readAt: Int64) {
    self.totals = totals
    self.readAt = readAt
  }
}

/// The sums of `counters` over all servers, since the schema was created.
public struct StoreTotals: Hashable, Sendable {
  /// Events of committed batches.
  public let received: Int64
  /// Events that were stored.
  public let unique: Int64
  /// Events whose key was already stored.
  public let duplicate: Int64
  /// Events that were dead-lettered to `dead_events`.
  public let dead: Int64
  /// Duplicates whose payload differed from the stored event; a part of `duplicate`. Counted only with
  /// `conflicts.detect`.
  public let conflicts: Int64

  /// Creates the sums of one snapshot.
  public init(received: Int64, unique: Int64, duplicate: Int64, dead: Int64, conflicts: Int64) {
    self.received = received
    self.unique = unique
    self.duplicate = duplicate
    self.dead = dead
    self.conflicts = conflicts
  }
}
