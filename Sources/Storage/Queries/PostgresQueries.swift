public import Ingest

/// What the HTTP side asks, answered from Postgres.
///
/// Queries run on a few threads of their own behind a bounded line; one that finds the line full, waits or
/// runs for too long fails as transient. Values of users are always parameters, never part of a statement.
public final class PostgresQueries: EventQueries {
  private let pool: QueryPool
  private let names: AgedReading<TopicNames>
  private let list: AgedReading<TopicList>
  private let desk: AuditDesk
  private let pageBytes: Int

  /// Starts the threads; connections are made when the first query needs them.
  public init(_ connection: ConnectionSettings, settings: QuerySettings = QuerySettings()) {
    self.pool = QueryPool(connection, settings)
    self.pageBytes = settings.pageBytes
    let rule = AgingRule(age: settings.topicsAge, pause: settings.topicsPause)
    self.names = AgedReading(rule: rule) {
      await Self.readSlowly(connection) { link throws(PostgresError) in
        try TopicListing(connection: link).names()
      }
    }
    self.list = AgedReading(rule: rule) {
      await Self.readSlowly(connection) { link throws(PostgresError) in
        try TopicListing(connection: link).list()
      }
    }
    self.desk = AuditDesk {
      do throws(QueryError) { return .success(try await PostgresAudit(connection).run()) } catch {
        return .failure(error)
      }
    }
  }

  /// Refuses what waits, and ends the threads. Later queries fail.
  public func close() {
    pool.close()
  }

  /// A page of the events that match, found by whatever index there is.
  /// - Throws: `QueryError`.
  public func events(matching query: EventQuery) async throws(QueryError) -> EventPage {
    let search = EventSearch(query, pageBytes: pageBytes)
    return try await pool.run { connection throws(PostgresError) in try search.run(over: connection) }
  }

  /// The event with this key, by the primary key.
  /// - Throws: `QueryError`.
  public func event(_ key: EventKey) async throws(QueryError) -> StoredEvent? {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    guard !key.topic.utf8.contains(0), !key.eventID.utf8.contains(0) else { return nil }
    let fetch = EventFetch(pageBytes: pageBytes)
    return try await pool.run { connection throws(PostgresError) in
      try fetch.event(key, over: connection)
    }
  }

  /// The sums over all shards, in one snapshot.
  /// - Throws: `QueryError`.
  public func totals() async throws(QueryError) -> StoreTotals {
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

  /// The names as of at most 30 s ago, or longer where reading them takes more than a second.
  /// - Throws: `QueryError`.
  public func topicNames() async throws(QueryError) -> TopicNames {
    try await names.value()
  }

  /// The topics as of at most 30 s ago, or longer where counting their events takes more than a second.
  /// - Throws: `QueryError`.
  public func topicList() async throws(QueryError) -> TopicList {
    try await list.value()
  }

  /// A page of dead events, the last ones first.
  /// - Throws: `QueryError`.
  public func deadEvents(
    after place: DeadEventPlace?, limit: Int
  ) async throws(QueryError) -> [KeptEvent] {
    try await pool.run { connection throws(PostgresError) in
      try DeadEventList.read(after: place, limit: limit, over: connection)
    }
  }

  /// A page of producers, by name and identity.
  /// - Throws: `QueryError`.
  public func producers(
    after place: ProducerPlace?, limit: Int
  ) async throws(QueryError) -> [StoredProducer] {
    try await pool.run { connection throws(PostgresError) in
      try ProducerListing.read(after: place, limit: limit, over: connection)
    }
  }

  /// Asks for a sign of life, before all queries that wait.
  /// - Throws: `QueryError`.
  public func ping() async throws(QueryError) {
    try await pool.run(isUrgent: true) { connection throws(PostgresError) in
      _ = try connection.query("SELECT 1")
    }
  }

  /// Checks the conservation law, from the tables alone and in one snapshot of them. Reads every event, on
  /// a thread and a connection of its own, once for all who ask at a time.
  /// - Throws: `QueryError` when the database can not answer.
  public func audit() async throws(QueryError) -> AuditReport {
    try await desk.report()
  }

  /// Runs `body` on one of the threads.
  func read<Value: Sendable>(
    isUrgent: Bool = false,
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresError) -> Value
  ) async throws(QueryError) -> Value {
    try await pool.run(isUrgent: isUrgent, body)
  }

  /// On a thread and a connection of its own: it may take long, and must not stand in the way.
  private static func readSlowly<Value: Sendable>(
    _ connection: ConnectionSettings,
    _ read: @escaping @Sendable (PostgresConnection) throws(PostgresError) -> Value
  ) async -> Result<Value, QueryError> {
    var patient = connection
    patient.statementTimeout = .seconds(60)
    patient.answerTimeout = .seconds(65)
    let settings = patient
    return await WorkerThread.run(named: "sluice-topics") {
      do throws(PostgresError) {
        return .success(try read(PostgresConnection(settings)))
      } catch {
        return .failure(QueryError(error))
      }
    }
  }
}
