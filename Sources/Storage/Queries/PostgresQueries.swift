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
  private let counters: StoreCounters
  private let sums: SharedReading<RecentTotals>
  /// Keeps what `/stats` shows up to date while somebody looks.
  private let refreshing: DemandLoop
  private let serverList: CachedValue<[StoredServer]>
  private let names: CachedValue<TopicNames>
  private let list: CachedValue<TopicList>
  private let audits: SharedReading<AuditReport>
  private let pageBytes: Int
  /// The form of the table `events`.
  let form = TableForm()
  /// See `QuerySettings.searchTime`.
  let searchTime: Duration
  private let closing: StopSignal
  private let pace: SearchPace
  /// See `QuerySettings.ledgerKeep`.
  let ledgerKeep: Duration

  /// Starts the threads. Connections are made when the first query needs them.
  /// - Parameters:
  ///   - counters: The rows of `counters` that the writers of this process report.
  ///   - newTopics: Returns how often this process has stored a topic that was new to it. When the number changes, the
  ///     next caller of `topicNames` has the names read again.
  ///   - isCommitting: Returns whether batches wait for their commit. Meanwhile searches pause between their steps.
  public init(
    _ connection: ConnectionSettings, settings: QuerySettings = QuerySettings(),
    counters: StoreCounters = StoreCounters(), newTopics: @escaping @Sendable () -> Int = { 0 },
    isCommitting: @escaping @Sendable () -> Bool = { false }
  ) {
    var single = settings
    single.threads = 1
    self.people = QueryPool(connection, settings, name: "sluice-query")
    var searching = settings
    searching.threads = settings.searchThreads
    self.searchers = QueryPool(connection, searching, name: "sluice-search")
    self.searchTime = settings.searchTime
    let closing = StopSignal()
    self.closing = closing
    self.pace = SearchPace(isCommitting: isCommitting, closing: closing)
    self.followers = QueryPool(connection, single, name: "sluice-tail")
    self.watchers = QueryPool(connection, single, name: "sluice-sign")
    let figures = QueryPool(connection, single, name: "sluice-figures")
    self.figures = figures
    self.counters = counters
    let sums = SharedReading<RecentTotals> {
      do throws(QueryError) { return .success(try await Self.read(counters, over: figures)) } catch {
        return .failure(error)
      }
    }
    self.pageBytes = settings.pageBytes
    self.ledgerKeep = settings.ledgerKeep
    let rule = RefreshPolicy(age: settings.topicsAge, pause: settings.topicsPause)
    let namesRule = RefreshPolicy(
      age: settings.namesAge, pause: settings.topicsPause, timeout: settings.newTopicTime)
    let serverList = CachedValue<[StoredServer]>(rule: namesRule) {
      do throws(QueryError) {
        return .success(
          try await figures.run { connection throws(PostgresError) in try ServerSign.list(over: connection) })
      } catch {
        return .failure(error)
      }
    }
    let names = CachedValue<TopicNames>(rule: namesRule, version: newTopics) {
      await Self.readSlowly(connection) { link throws(PostgresError) in
        try TopicListing(connection: link).names()
      }
    }
    self.list = CachedValue(rule: rule) {
      await Self.readSlowly(connection) { link throws(PostgresError) in
        try TopicListing(connection: link).list()
      }
    }
    self.sums = sums
    self.serverList = serverList
    self.names = names
    self.refreshing = DemandLoop(
      every: Self.refreshPause, for: Self.refreshTime, until: closing
    ) { [sums, names, serverList] in
      _ = try? await sums.value()
      _ = try? await names.value()
      _ = try? await serverList.value()
    }
    self.audits = SharedReading {
      do throws(QueryError) { return .success(try await PostgresAudit(connection).run()) } catch {
        return .failure(error)
      }
    }
  }

  /// Refuses waiting queries, and ends the threads. Later queries fail.
  public func close() {
    closing.set()
    for pool in [people, searchers, figures, followers, watchers] { pool.close() }
  }

  /// Returns a page of the events that match, found by the index that the database has. After its budget the search
  /// gives what it has found.
  /// - Throws: `QueryError`.
  public func events(matching query: EventQuery) async throws(QueryError) -> EventPage {
    let search = EventSearch(query, pageBytes: pageBytes, time: searchTime, pace: pace)
    return try await searchers.run { connection throws(PostgresError) in try search.run(over: connection) }
  }

  /// Returns the number of events in each interval. After its budget the count gives what it has.
  /// - Throws: `QueryError`.
  public func counts(_ query: CountQuery) async throws(QueryError) -> EventCounts {
    let search = CountSearch(query, time: searchTime, pace: pace)
    return try await searchers.run { connection throws(PostgresError) in try search.run(over: connection) }
  }

  /// Returns the event with this key, found by the primary key.
  /// - Throws: `QueryError`.
  public func event(_ key: EventKey) async throws(QueryError) -> StoredEvent? {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    guard !key.topic.utf8.contains(0), !key.eventID.utf8.contains(0) else { return nil }
    let fetch = EventFetch(pageBytes: pageBytes)
    return try await people.run { [form] connection throws(PostgresError) in
      try fetch.event(key, from: form.table(over: connection), over: connection)
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

  /// Returns the sums over all shards, read after the call. Callers that ask at the same time share one reading.
  /// - Throws: `QueryError`.
  public func totals() async throws(QueryError) -> StoreTotals {
    try await sums.value().totals
  }

  /// Returns the sums over all shards without a statement, if they were read within the last 2 s. While somebody asks,
  /// they are read each second in the background.
  /// - Throws: `QueryError`.
  public func recentTotals() async throws(QueryError) -> RecentTotals {
    await refreshing.ask()
    if let known = counters.sums(notOlderThan: Self.totalsAge, at: .now) { return known }
    return try await sums.value()
  }

  /// Greatest age of the counters of other servers, and the pause between two readings in the background. The margin is
  /// for readings that take long on a busy machine.
  private static let totalsAge = Duration.seconds(2)
  private static let refreshPause = Duration.seconds(1)
  /// The time after the last request for which the background goes on reading: longer than pages wait between requests.
  private static let refreshTime = Duration.seconds(10)

  private static func read(
    _ counters: StoreCounters, over pool: QueryPool
  ) async throws(QueryError) -> RecentTotals {
    try await pool.run { connection throws(PostgresError) in
      let mark = counters.beginReading()
      let rows = try connection.query(
        "SELECT shard, received, unique_, duplicate, dead, conflicts, now() FROM counters")
      var shards: [Int: StoreTotals] = [:]
      for row in 0..<rows.rowCount { shards[Int(rows.integer(row, 0) ?? 0)] = rows.totals(row, from: 1) }
      let time = rows.rowCount > 0 ? rows.time(0, 6) ?? 0 : 0
      counters.read(shards, asOf: time, since: mark, at: .now)
      // Another database was found meanwhile; these are the counters of the one that answered.
      return counters.sums(notOlderThan: .seconds(1), at: .now)
        ?? RecentTotals(totals: shards.values.reduce(.zero, +), readAt: time)
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
  /// `topicNames` has and the list lacks are added with their present figures, without events that groups list by bucket.
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
