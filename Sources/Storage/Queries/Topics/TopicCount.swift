internal import Ingest

/// Counts the events of every topic.
enum TopicCount {
  /// The first topics by name with their figures, each row with the number of all topics and the time.
  private static let statement = """
    SELECT topic, events, latest, count(*) OVER (), now()
    FROM (SELECT topic, count(*) AS events, max(ts) AS latest FROM events GROUP BY topic) t
    ORDER BY topic LIMIT \(TopicList.limit)
    """

  /// Reads them; every event is looked at.
  static func list(over connection: PostgresConnection) throws(PostgresError) -> TopicList {
    let rows = try connection.query(statement)
    guard rows.rowCount > 0 else {
      return TopicList(topics: [], count: 0, asOf: try connection.query("SELECT now()").time(0, 0) ?? 0)
    }
    let topics = (0..<rows.rowCount).map { row in
      TopicList.Topic(
        name: rows.string(row, 0) ?? "", events: rows.integer(row, 1) ?? 0, latest: rows.time(row, 2) ?? 0)
    }
    return TopicList(topics: topics, count: Int(rows.integer(0, 3) ?? 0), asOf: rows.time(0, 4) ?? 0)
  }
}
