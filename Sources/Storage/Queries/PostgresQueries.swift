internal import Base
public import Ingest
public import PostgresClient
public import StoreInterface

/// Answers the queries of the HTTP side from Postgres.
///
/// Queries run on a few threads of their own, from bounded queues. A query that finds its queue full, or
/// waits or runs for too long, fails as transient. Searches, lists, counters, the live tail and the probe for a sign
/// of life have threads and connections of their own, so that none of them waits for another. Values of users
/// are always parameters, never part of a statement.
public final class PostgresQueries: EventQueries {
  /// Threads for lists, and for events by their keys.
  let people: QueryPool
  /// Threads for searches, counts of events, and deletions.
  let searchers: QueryPool
  /// Thread for the counters.
  private let figures: QueryPool
  /// Thread for the live tail.
  private let followers: QueryPool
  /// Thread for the sign of life.
  private let watchers: QueryPool
  private let sums: SharedReading<StoreTotals>
  private let serverList: CachedValue<[StoredServer]>
  private let names: CachedValue<TopicNames>
  private let list: CachedValue<TopicList>
  private let audits: SharedReading<AuditReport>
  private let pageBytes: Int
  /// See `QuerySettings.searchTime`.
  let searchTime: Duration
  /// See `QuerySettings.ledgerKeep`.
  let ledgerKeep: Duration

  /// Starts the threads. Connections are made when the first query needs them.
  /// - Parameter storedEvents: Returns how many events this process has stored. When the number changes, the
  ///   next caller of `topicNames` has the names read again.
  public init(
    _ connection: ConnectionSettings, settings: QuerySettings = QuerySettings(),
    storedEvents: @escaping @Sendable () -> Int = { 0 }
  ) {
    var single = settings
    single.threads = 1
    self.people = QueryPool(connection, settings, name: "sluice-query")
    var searching = settings
    searching.threads = settings.searchThreads
    self.searchers = QueryPool(connection, searching, name: "sluice-search")
    self.searchTime = settings.searchTime
    self.followers = QueryPool(connection, single, name: "sluice-tail")
    self.watchers = QueryPool(connection, single, name: "sluice-sign")
    let figures = QueryPool(connection, single, name: "sluice-figures")
    self.figures = figures
    self.sums = SharedReading {
      do throws(QueryError) { return .success(try await Self.totals(over: figures)) } catch {
        return .failure(error)
      }
    }
    self.pageBytes = settings.pageBytes
    self.ledgerKeep = settings.ledgerKeep
    let rule = RefreshPolicy(age: settings.topicsAge, pause: settings.topicsPause)
    let namesRule = RefreshPolicy(age: settings.namesAge, pause: settings.topicsPause)
    self.serverList = CachedValue(rule: namesRule) {
      do throws(QueryError) {
        return .success(
          try await figures.run { connection throws(PostgresError) in try ServerSign.list(over: connection) })
      } catch {
        return .failure(error)
      }
    }
    self.names = CachedValue(rule: namesRule, version: storedEvents) {
      await Self.readSlowly(connection) { link throws(PostgresError) in
        try TopicListing(connection: link).names()
      }
    }
    self.list = CachedValue(rule: rule) {
      await Self.readSlowly(connection) { link throws(PostgresError) in
        try TopicListing(connection: link).list()
      }
    }
    self.audits = SharedReading {
      do throws(QueryError) { return .success(try await PostgresAudit(connection).run()) } catch {
        return .failure(error)
      }
    }
  }

  /// Refuses waiting queries, and ends the threads. Later queries fail.
  public func close() {
    for pool in [people, searchers, figures, followers, watchers] { pool.close() }
  }

  /// Returns a page of the events that match, found by the index that the database has. After its budget the search
  /// gives what it has found.
  /// - Throws: `QueryError`.
  public func events(matching query: EventQuery) async throws(QueryError) -> EventPage {
    let search = EventSearch(query, pageBytes: pageBytes, time: searchTime)
    return try await searchers.run { connection throws(PostgresError) in try search.run(over: connection) }
  }

  /// Returns the number of events in each interval. After its budget the count gives what it has.
  /// - Throws: `QueryError`.
  public func counts(_ query: CountQuery) async throws(QueryError) -> EventCounts {
    let search = CountSearch(query, time: searchTime)
    return try await searchers.run { connection throws(PostgresError) in try search.run(over: connection) }
  }

  /// Returns the event with this key, found by the primary key.
  /// - Throws: `QueryError`.
  public func event(_ key: EventKey) async throws(QueryError) -> StoredEvent? {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    guard !key.topic.utf8.contains(0), !key.eventID.utf8.contains(0) else { return nil }
    let fetch = EventFetch(pageBytes: pageBytes)
    return try await people.run { connection throws(PostgresError) in
      try fetch.event(key, over: connection)
    }
  }

  /// Returns the positions of the events that a batch stored, found by the primary key.
  /// - Throws: `QueryError`.
  public func positions(
    of keys: [EventKey], storedBy batch: BatchKey
  ) async throws(QueryError) -> Set<Int> {
    let query = StoredPositions.query(keys, batch)
    return try await people.run { connection throws(PostgresError) in try connection.query(query) }
  }

  /// Returns the sums over all shards, in one snapshot. Callers that ask at the same time share one reading.
  /// - Throws: `QueryError`.
  public func totals() async throws(QueryError) -> StoreTotals {
    try await sums.value()
  }

  private static func totals(over pool: QueryPool) async throws(QueryError) -> StoreTotals {
    try await pool.run { connection throws(PostgresError) in
      let sums = try connection.query(
        """
        SELECT sum(received)::bigint, sum(unique_)::bigint, sum(duplicate)::bigint, sum(dead)::bigint,
          sum(conflicts)::bigint
        FROM counters
        """)
      return StoreTotals(
        received: sums.integer(0, 0) ?? 0, unique: sums.integer(0, 1) ?? 0,
        duplicate: sums.integer(0, 2) ?? 0, dead: sums.integer(0, 3) ?? 0,
        conflicts: sums.integer(0, 4) ?? 0)
    }
  }

  /// Returns the names of topics, including all that this process had stored before the call, and all that
  /// other processes had stored 2 s before it. There are two exceptions. If reading the names takes longer
  /// than 60 ms, topics of other processes appear later, so that reading costs at most a thirtieth of a
  /// connection. If it takes 1 s, topics of this process appear later, too.
  /// - Throws: `QueryError`.
  public func topicNames() async throws(QueryError) -> TopicNames {
    try await names.value()
  }

  /// Returns the topics as of at most 30 s ago, or longer ago if counting their events takes more than 1 s. Topics that
  /// `topicNames` has and the list lacks are added with their present figures.
  /// - Throws: `QueryError`.
  public func topicList() async throws(QueryError) -> TopicList {
    let list = try await list.value()
    let names = NewTopics.names(try await names.value(), notIn: list)
    guard !names.isEmpty else { return list }
    // Counting may take long, and the counters of /stats must not wait for it.
    let topics = try await people.run { connection throws(PostgresError) in
      try NewTopics.figures(of: names, over: connection)
    }
    return list.adding(topics)
  }

  /// Returns a page of dead events.
  /// - Throws: `QueryError`.
  public func deadEvents(_ query: DeadEventQuery) async throws(QueryError) -> DeadEventPage {
    let search = DeadEventSearch(query)
    return try await people.run { connection throws(PostgresError) in try search.run(over: connection) }
  }

  /// Returns a page of producers.
  /// - Throws: `QueryError`.
  public func producers(_ query: ProducerQuery) async throws(QueryError) -> ProducerList {
    try await people.run { connection throws(PostgresError) in
      try ProducerListing.read(query, over: connection)
    }
  }

  /// Returns the servers of the database, by address; at most 1,000. They are read again after 2 s.
  /// - Throws: `QueryError`.
  public func servers() async throws(QueryError) -> [StoredServer] {
    try await serverList.value()
  }

  /// Asks for a sign of life, on a connection that no other query uses.
  /// - Throws: `QueryError`.
  public func ping() async throws(QueryError) {
    try await watchers.run { connection throws(PostgresError) in
      _ = try connection.query("SELECT 1")
    }
  }

  /// Checks the conservation law from the tables alone, in one snapshot. Reads every event, on a thread and a
  /// connection of its own. Callers that ask at the same time share one audit.
  /// - Throws: `QueryError` when the database cannot answer.
  public func audit() async throws(QueryError) -> AuditReport {
    try await audits.value()
  }

  /// Runs `body` for the live tail.
  func follow<Value: Sendable>(
    isUrgent: Bool = false,
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresError) -> Value
  ) async throws(QueryError) -> Value {
    try await followers.run(isUrgent: isUrgent, body)
  }

  /// Runs `read` on a thread and a connection of its own, because it may take long and must not delay other
  /// queries.
  private static func readSlowly<Value: Sendable>(
    _ connection: ConnectionSettings,
    _ read: @escaping @Sendable (PostgresConnection) throws(PostgresError) -> Value
  ) async -> Result<Value, QueryError> {
    var slow = connection
    slow.statementTimeout = .seconds(60)
    slow.answerTimeout = .seconds(65)
    let settings = slow
    return await WorkerThread.run(named: "sluice-topics") {
      do throws(PostgresError) {
        return .success(try read(PostgresConnection(settings)))
      } catch {
        return .failure(QueryError(error))
      }
    }
  }
}

/// Bounds of reading from the database.
public struct QuerySettings: Hashable, Sendable {
  /// Number of threads for lists, each with its own connection: as many queries run at a time.
  public var threads = 2
  /// Number of threads for searches, each with its own connection.
  public var searchThreads = 2
  /// The database time after which a search gives what it has found, and from where it goes on.
  public var searchTime: Duration = .milliseconds(250)
  /// Most queries that wait for a thread; another query is refused.
  public var waiting = 64
  /// Longest wait for a thread; then the query is refused.
  public var timeout: Duration = .seconds(5)
  /// Longest time that a query may run; then the database cancels it.
  public var statementTimeout: Duration = .seconds(5)
  /// Most payload bytes of a page of events. An event that is larger makes a page of its own.
  public var pageBytes = 8 << 20
  /// Greatest age of the names of topics that other servers store, and of the list of servers.
  public var namesAge: Duration = .seconds(2)
  /// Greatest age of the figures of topics. The pause between two readings is at least `topicsPause` times as
  /// long as a reading takes, so that they cost at most a few percent of a connection.
  public var topicsAge: Duration = .seconds(30)
  /// See `topicsAge`.
  public var topicsPause = 30

  /// Time for which the ledger keeps its rows. The live tail reads no older rows, because positions are valid
  /// for half of that time, and a tail that continues from an older position would have to be refused.
  public var ledgerKeep: Duration = .seconds(3_600)

  /// Creates the defaults of `spec/configuration.md`.
  public init() {}
}
