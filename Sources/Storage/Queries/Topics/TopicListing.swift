internal import Ingest

/// Lists topics, with and without their figures, by whatever index of events there is.
struct TopicListing {
  let connection: PostgresConnection

  /// The first 1,000 names, sorted, and the number of all.
  func names() throws(PostgresError) -> TopicNames {
    let topics =
      switch try EventIndexChange(connection: connection).current() {
      case .spans: "RECURSIVE each_topic AS (\(Self.eachTopic(of: "topic_spans")))"
      case .btree: "RECURSIVE each_topic AS (\(Self.eachTopic(of: "events")))"
      case .none: "each_topic AS (SELECT DISTINCT topic FROM events)"
      }
    let select = PostgresStatement(
      """
      WITH \(topics) SELECT topic, count(*) OVER () FROM each_topic WHERE topic <> ''
      ORDER BY topic LIMIT 1000
      """)
    let isRecursive = topics.hasPrefix("RECURSIVE")
    let results = try connection.pipeline(isRecursive ? [TopicIndex.prefer, select] : [select])
    guard let rows = results.last, rows.rowCount > 0 else { return TopicNames(names: [], count: 0) }
    let names = (0..<rows.rowCount).map { rows.string($0, 0) ?? "" }
    return TopicNames(names: names, count: Int(rows.integer(0, 1) ?? 0))
  }

  /// The first topics by name with their figures, and the number of all. Without the index of spans every
  /// event is looked at.
  func list() throws(PostgresError) -> TopicList {
    let figures =
      switch try EventIndexChange(connection: connection).current() {
      case .spans: "sum(n) AS events, max(max_ts) AS latest FROM topic_spans WHERE topic <> ''"
      case .btree, .none: "count(*) AS events, max(ts) AS latest FROM events"
      }
    let rows = try connection.query(
      """
      SELECT topic, events::bigint, latest, count(*) OVER (), now()
      FROM (SELECT topic, \(figures) GROUP BY topic) t ORDER BY topic LIMIT \(TopicList.limit)
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

  /// Each topic by one step through an index that begins with it, from the last name to the first: a body for
  /// `WITH RECURSIVE each_topic`.
  static func eachTopic(of table: String) -> String {
    """
    (SELECT topic FROM \(table) ORDER BY topic DESC LIMIT 1)
    UNION ALL
    SELECT n.topic FROM each_topic CROSS JOIN LATERAL (
      SELECT topic FROM \(table) WHERE topic < each_topic.topic ORDER BY topic DESC LIMIT 1) n
    """
  }
}
