public import Ingest

/// What the HTTP side asks, answered from Postgres.
///
/// Queries run on a few threads of their own behind a bounded line; one that finds the line full, waits or
/// runs for too long fails as transient. Values of users are always parameters, never part of a statement.
public final class PostgresQueries: EventQueries {
  private let pool: QueryPool
  private let directory: TopicDirectory
  private let connection: ConnectionSettings

  /// Starts the threads; connections are made when the first query needs them.
  public init(_ connection: ConnectionSettings, settings: QuerySettings = QuerySettings()) {
    self.connection = connection
    self.pool = QueryPool(connection, settings)
    let rule = TopicDirectory.Rule(age: settings.topicsAge, pause: settings.topicsPause)
    self.directory = TopicDirectory(rule: rule) { await Self.readTopics(connection) }
  }

  /// Refuses what waits, and ends the threads. Later queries fail.
  public func close() {
    pool.close()
  }

  /// The newest by (time descending, event id, topic) that match.
  /// - Throws: `QueryError`.
  public func events(matching query: EventQuery) async throws(QueryError) -> [StoredEvent] {
    let search = EventSearch(query)
    return try await pool.run { connection throws(PostgresError) in try search.run(over: connection) }
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
  public func topics() async throws(QueryError) -> TopicNames {
    try await directory.names()
  }

  /// Asks for a sign of life, before all queries that wait.
  /// - Throws: `QueryError`.
  public func ping() async throws(QueryError) {
    try await pool.run(isUrgent: true) { connection throws(PostgresError) in
      _ = try connection.query("SELECT 1")
    }
  }

  /// Checks the conservation law, from the tables alone and in one snapshot of them. Reads every event, on
  /// a thread and a connection of its own.
  /// - Throws: `QueryError` when the database can not answer.
  public func audit() async throws(QueryError) -> AuditReport {
    try await PostgresAudit(connection).run()
  }

  /// On a thread and a connection of its own: it may take long, and must not stand in the way.
  private static func readTopics(_ connection: ConnectionSettings) async -> Result<TopicNames, QueryError> {
    var patient = connection
    patient.statementTimeout = .seconds(60)
    patient.answerTimeout = .seconds(65)
    let settings = patient
    return await WorkerThread.run(named: "sluice-topics") {
      do throws(PostgresError) {
        let list = try TopicIndex.list(over: PostgresConnection(settings))
        let names = (0..<list.rowCount).map { list.string($0, 0) ?? "" }
        let count = list.rowCount == 0 ? 0 : list.integer(0, 1) ?? 0
        return .success(TopicNames(names: names, count: Int(count)))
      } catch {
        return .failure(QueryError(error))
      }
    }
  }
}
