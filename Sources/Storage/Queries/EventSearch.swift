internal import Ingest

/// The statements behind `/events`: the newest by (time descending, event id, topic), never by reading all.
struct EventSearch: Sendable {
  private let query: EventQuery
  private let limit: Int

  /// How far back to look, one after the other, where no index has the order: the BRIN index on time then
  /// skips what is older. What they do not fill takes a look at everything.
  private static let windows = ["10 seconds", "10 minutes", "1 day"]

  private static let columns = "topic, event_id, ts, source, payload::text, processed_at"

  init(_ query: EventQuery) {
    self.query = query
    self.limit = min(max(query.limit, 1), 1_000)
  }

  /// Runs the search.
  func run(over connection: PostgresConnection) throws(PostgresError) -> [StoredEvent] {
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    let names = [query.topic, query.source].compactMap { $0 }
    guard !names.contains(where: { $0.utf8.contains(0) }) else { return [] }
    let isIndexed = try TopicIndex.exists(connection)
    if query.topic == nil && isIndexed { return try mergeTopics(over: connection) }
    if isIndexed { return try readInOrder(over: connection) }
    for window in Self.windows {
      let events = try read(ordered(since: window), over: connection)
      // With the limit reached nothing older can belong to the answer.
      if events.count == limit { return events }
    }
    return try read(ordered(since: nil), over: connection)
  }

  private func read(
    _ statement: PostgresStatement, over connection: PostgresConnection
  ) throws(PostgresError) -> [StoredEvent] {
    try connection.query(statement.sql, statement.parameters).storedEvents
  }

  /// With the planner held to the index.
  private func readInOrder(over connection: PostgresConnection) throws(PostgresError) -> [StoredEvent] {
    let results = try connection.pipeline([TopicIndex.prefer, ordered(since: nil)])
    return results.last?.storedEvents ?? []
  }

  private func ordered(since window: String?) -> PostgresStatement {
    var parameters: [PostgresParameter] = [.int(Int32(limit))]
    var conditions: [String] = []
    if let topic = query.topic {
      parameters.append(.text(topic))
      conditions.append("topic = $\(parameters.count)")
    }
    if let source = query.source {
      parameters.append(.text(source))
      conditions.append("source = $\(parameters.count)")
    }
    if let window {
      parameters.append(.literal(window))
      conditions.append("ts >= now() - $\(parameters.count)::interval")
    }
    let filter = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
    return PostgresStatement(
      "SELECT \(Self.columns) FROM events \(filter) ORDER BY ts DESC, event_id, topic LIMIT $1", parameters)
  }

  /// The newest of all topics out of an index that is ordered within each: a few of every topic tell how
  /// far back to look (at least `limit` events are that young), and then only those are fetched.
  private func mergeTopics(over connection: PostgresConnection) throws(PostgresError) -> [StoredEvent] {
    let source = query.source == nil ? "" : "AND source = $2"
    let parameters = [.int(Int32(limit))] + (query.source.map { [.text($0)] } ?? [] as [PostgresParameter])
    let results = try connection.pipeline([
      TopicIndex.prefer,
      PostgresStatement(
        """
        WITH RECURSIVE newest AS (\(TopicIndex.names)), sample AS (
          SELECT s.ts FROM newest CROSS JOIN LATERAL (
            SELECT ts FROM events WHERE topic = newest.topic \(source) ORDER BY ts DESC
            LIMIT (SELECT ceil($1::float8 / count(*)) FROM newest)) s
        ), bound AS (
          SELECT ts FROM sample ORDER BY ts DESC OFFSET $1::int - 1 LIMIT 1
        )
        SELECT e.* FROM newest CROSS JOIN LATERAL (
          SELECT \(Self.columns) FROM events
          WHERE topic = newest.topic \(source) AND ts >= coalesce((SELECT ts FROM bound), '-infinity')
          ORDER BY ts DESC, event_id LIMIT $1::int) e
        ORDER BY ts DESC, event_id, topic LIMIT $1::int
        """, parameters),
    ])
    return results.last?.storedEvents ?? []
  }
}

extension PostgresResult {
  /// Microseconds from 1970 to 2000, where Postgres counts from.
  private static let epoch: Int64 = 946_684_800_000_000

  /// The rows of a search.
  fileprivate var storedEvents: [StoredEvent] {
    (0..<rowCount).map { row in
      StoredEvent(
        topic: string(row, 0) ?? "", eventID: string(row, 1) ?? "",
        timestamp: (integer(row, 2) ?? 0) + Self.epoch, source: string(row, 3) ?? "",
        payload: bytes(row, 4), processedAt: (integer(row, 5) ?? 0) + Self.epoch)
    }
  }
}
