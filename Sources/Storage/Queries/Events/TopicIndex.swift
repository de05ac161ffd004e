internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Reads events by the B-tree on (topic, ts), if it exists (`store.index = btree`).
enum TopicIndex {
  /// Whether the index alone finds the events of `filter` in their order, without reading others.
  static func hasOrder(of filter: EventFilter) -> Bool {
    if case .prefix = filter.topics { return false }
    return !filter.readsEvents && filter.permitted == nil
  }

  /// Returns the first `count` events of one topic, in the order of the index, or of all topics.
  static func find(
    _ count: Int, _ conditions: EventConditions, isOneTopic: Bool, over connection: PostgresConnection
  ) throws(PostgresError) -> [EventReference] {
    var statements = StatementList()
    statements.add(prefer)
    let found = statements.add(isOneTopic ? conditions.query(first: count) : merge(count, conditions))
    return try connection.pipeline(statements)[found]
  }

  /// Turns sequential and bitmap scans off for the rest of the transaction. Without statistics, on a young
  /// table, the planner may prefer to read the whole table in each step.
  static let prefer = PostgresStatement(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")

  /// Returns the query for the first events of all topics, from an index that is ordered within each
  /// topic. A sample of each topic yields a time within which there are at least `count` events; then only
  /// events within that time are fetched.
  private static func merge(_ count: Int, _ conditions: EventConditions) -> PostgresQuery<[EventReference]> {
    var conditions = conditions
    let limit = conditions.place(.bigint(Int64(count)))
    let isDescending = conditions.isDescending
    let direction = isDescending ? "DESC" : "ASC"
    let within = isDescending ? ">=" : "<="
    let farthest = isDescending ? "-infinity" : "infinity"
    let statement = PostgresStatement(
      """
      WITH RECURSIVE each_topic AS (\(TopicListing.eachTopic(of: "events"))), sample AS (
        SELECT s.ts FROM each_topic CROSS JOIN LATERAL (
          SELECT ts FROM events WHERE topic = each_topic.topic AND \(conditions.sql) ORDER BY ts \(direction)
          LIMIT (SELECT ceil(\(limit)::float8 / count(*)) FROM each_topic)) s
      ), bound AS (
        SELECT ts FROM sample ORDER BY ts \(direction) OFFSET \(limit) - 1 LIMIT 1
      )
      SELECT e.* FROM each_topic CROSS JOIN LATERAL (
        SELECT ts, event_id, topic FROM events
        WHERE topic = each_topic.topic AND \(conditions.sql)
          AND ts \(within) coalesce((SELECT ts FROM bound), '\(farthest)')
        ORDER BY \(conditions.ordering) LIMIT \(limit)) e
      ORDER BY \(conditions.ordering) LIMIT \(limit)
      """, conditions.parameters)
    return .references(statement)
  }
}
