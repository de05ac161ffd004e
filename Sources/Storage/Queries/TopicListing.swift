internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Lists topics, with and without their figures, by the index of events that exists.
struct TopicListing {
  let connection: PostgresConnection

  /// Returns the first 1,000 names, sorted, and the number of all names.
  func names() throws(PostgresError) -> TopicNames {
    let topics =
      switch try EventIndexChange(connection: connection).current() {
      case .spans: "RECURSIVE each_topic AS (\(Self.eachTopic(of: "topic_spans")))"
      case .btree: "RECURSIVE each_topic AS (\(Self.eachTopic(of: "events")))"
      case .none: "each_topic AS (SELECT DISTINCT topic FROM events)"
      }
    var statements = StatementList()
    if topics.hasPrefix("RECURSIVE") { statements.add(TopicIndex.prefer) }
    let names = statements.add(Self.names(of: topics))
    return try connection.pipeline(statements)[names]
  }

  /// Returns the query for the first 1,000 names of `each_topic`, which `definition` defines.
  private static func names(of definition: String) -> PostgresQuery<TopicNames> {
    let statement = PostgresStatement(
      """
      WITH \(definition) SELECT topic, count(*) OVER () FROM each_topic WHERE topic <> ''
      ORDER BY topic LIMIT 1000
      """)
    return PostgresQuery(statement) { rows in
      let names = (0..<rows.rowCount).map { rows.string($0, 0) ?? "" }
      return TopicNames(names: names, count: names.isEmpty ? 0 : Int(rows.integer(0, 1) ?? 0))
    }
  }

  /// Returns the first topics by name with their figures, and the number of all topics. Without the index of
  /// spans every event is read.
  func list() throws(PostgresError) -> TopicList {
    let figures =
      switch try EventIndexChange(connection: connection).current() {
      case .spans: "sum(n) AS events, max(max_ts) AS latest FROM topic_spans WHERE topic <> ''"
      case .btree, .none: "count(*) AS events, max(ts) AS latest FROM events"
      }
    let rows = try connection.query(
      """
      SELECT topic, events::bigint, latest, count(*) OVER (), now()
      FROM (SELECT topic, \(figures) GROUP BY topic) t WHERE events > 0 ORDER BY topic LIMIT \(TopicList.limit)
      """)
    guard rows.rowCount > 0 else {
      return TopicList(topics: [], count: 0, asOf: try connection.query("SELECT now()").time(0, 0) ?? 0)
    }
    let topics = (0..<rows.rowCount).map { row in
      TopicList.Topic(
        name: rows.string(row, 0) ?? "", events: rows.integer(row, 1) ?? 0, latest: rows.time(row, 2) ?? 0)
    }
    return TopicList(topics: topics, count: Int(rows.integer(0, 3) ?? 0), asOf: rows.time(0, 4) ?? 0)
  }

  /// Returns a body for `WITH RECURSIVE each_topic`. It finds each topic with one step through an index that
  /// begins with the topic, from the last name to the first.
  static func eachTopic(of table: String) -> String {
    """
    (SELECT topic FROM \(table) ORDER BY topic DESC LIMIT 1)
    UNION ALL
    SELECT n.topic FROM each_topic CROSS JOIN LATERAL (
      SELECT topic FROM \(table) WHERE topic < each_topic.topic ORDER BY topic DESC LIMIT 1) n
    """
  }
}
