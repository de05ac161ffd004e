/// Reading the names of topics from the index on (topic, ts), where it exists (`events.index`).
enum TopicIndex {
  /// Whether there is one.
  static func exists(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
    try connection.query("SELECT to_regclass('events_topic_ts') IS NOT NULL").isTrue(0, 0)
  }

  /// Each topic by one step through the index, from the last name to the first: a body for `WITH RECURSIVE
  /// newest`.
  static let names = """
    (SELECT topic FROM events ORDER BY topic DESC LIMIT 1)
    UNION ALL
    SELECT n.topic FROM newest CROSS JOIN LATERAL (
      SELECT topic FROM events WHERE topic < newest.topic ORDER BY topic DESC LIMIT 1) n
    """

  /// For the rest of the transaction: without statistics, on a young table, the planner may prefer to read
  /// the whole of it for each step.
  static let prefer = PostgresStatement(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")

  /// The first 1,000 names, sorted, each with the number of all.
  static func list(over connection: PostgresConnection) throws(PostgresError) -> PostgresResult {
    let order = "SELECT topic, count(*) OVER () FROM newest ORDER BY topic LIMIT 1000"
    guard try exists(connection) else {
      return try connection.query("WITH newest AS (SELECT DISTINCT topic FROM events) \(order)")
    }
    let statement = PostgresStatement("WITH RECURSIVE newest AS (\(names)) \(order)")
    let results = try connection.pipeline([prefer, statement])
    guard let result = results.last else { throw PostgresError.lost("the database did not list topics") }
    return result
  }
}
