internal import Ingest

/// Reading by the B-tree on (topic, ts), where it exists (`events.index = btree`).
enum TopicIndex {
  /// The first `count` events of one topic, in the order of the index, or of all topics.
  static func find(
    _ count: Int, _ filter: EventFilter, isOneTopic: Bool, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    let statement = isOneTopic ? filter.statement(first: count) : merge(count, filter)
    return try connection.pipeline([prefer, statement]).last?.references ?? []
  }

  /// For the rest of the transaction: without statistics, on a young table, the planner may prefer to read
  /// the whole of it for each step.
  static let prefer = PostgresStatement(
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
      WITH RECURSIVE each_topic AS (\(TopicListing.eachTopic(of: "events"))), sample AS (
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
}
