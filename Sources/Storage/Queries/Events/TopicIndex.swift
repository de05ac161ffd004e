internal import Ingest

/// Reading by the B-tree on (topic, ts), where it exists (`events.index = btree`).
enum TopicIndex {
  /// Whether there is one.
  static func exists(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
    try connection.query("SELECT to_regclass('events_topic_ts') IS NOT NULL").isTrue(0, 0)
  }

  /// The first `count` events of one topic, in the order of the index, or of all topics.
  static func find(
    _ count: Int, _ filter: EventFilter, isOneTopic: Bool, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    let statement = isOneTopic ? filter.statement(first: count) : merge(count, filter)
    return try connection.pipeline([prefer, statement]).last?.references ?? []
  }

  /// Each topic by one step through the index, from the last name to the first: a body for `WITH RECURSIVE
  /// each_topic`.
  private static let eachTopic = """
    (SELECT topic FROM events ORDER BY topic DESC LIMIT 1)
    UNION ALL
    SELECT n.topic FROM each_topic CROSS JOIN LATERAL (
      SELECT topic FROM events WHERE topic < each_topic.topic ORDER BY topic DESC LIMIT 1) n
    """

  /// For the rest of the transaction: without statistics, on a young table, the planner may prefer to read
  /// the whole of it for each step.
  private static let prefer = PostgresStatement(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")

  /// The first of all topics out of an index that is ordered within each: a few of every topic tell how far
  /// to look (at least `count` events are within), and then only those are fetched.
  private static func merge(_ count: Int, _ filter: EventFilter) -> PostgresStatement {
    var filter = filter
    let limit = filter.place(.bigint(Int64(count)))
    let direction = filter.isDescending ? "DESC" : "ASC"
    let within = filter.isDescending ? ">=" : "<="
    let farthest = filter.isDescending ? "-infinity" : "infinity"
    return PostgresStatement(
      """
      WITH RECURSIVE each_topic AS (\(eachTopic)), sample AS (
        SELECT s.ts FROM each_topic CROSS JOIN LATERAL (
          SELECT ts FROM events WHERE topic = each_topic.topic AND \(filter.sql) ORDER BY ts \(direction)
          LIMIT (SELECT ceil(\(limit)::float8 / count(*)) FROM each_topic)) s
      ), bound AS (
        SELECT ts FROM sample ORDER BY ts \(direction) OFFSET \(limit) - 1 LIMIT 1
      )
      SELECT e.* FROM each_topic CROSS JOIN LATERAL (
        SELECT ts, event_id, topic FROM events
        WHERE topic = each_topic.topic AND \(filter.sql)
          AND ts \(within) coalesce((SELECT ts FROM bound), '\(farthest)')
        ORDER BY \(filter.ordering) LIMIT \(limit)) e
      ORDER BY \(filter.ordering) LIMIT \(limit)
      """, filter.parameters)
  }

  /// The first 1,000 names, sorted, and the number of all.
  static func names(over connection: PostgresConnection) throws(PostgresError) -> TopicNames {
    let order = "SELECT topic, count(*) OVER () FROM each_topic ORDER BY topic LIMIT 1000"
    let list: PostgresResult?
    if try exists(connection) {
      let statement = PostgresStatement("WITH RECURSIVE each_topic AS (\(eachTopic)) \(order)")
      list = try connection.pipeline([prefer, statement]).last
    } else {
      list = try connection.query("WITH each_topic AS (SELECT DISTINCT topic FROM events) \(order)")
    }
    guard let list, list.rowCount > 0 else { return TopicNames(names: [], count: 0) }
    let names = (0..<list.rowCount).map { list.string($0, 0) ?? "" }
    return TopicNames(names: names, count: Int(list.integer(0, 1) ?? 0))
  }
}
