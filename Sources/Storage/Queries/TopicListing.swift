internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Lists topics, with and without their figures, by the index of events that exists.
struct TopicListing {
  let connection: PostgresConnection

  /// Returns the first 1,000 names, sorted, and the number of all names.
  func names() throws(PostgresError) -> TopicNames {
    var statements = StatementList()
    let topics: String
    let table = try connection.query(EventTable.query)
    switch table.index {
    case .spans where try hasBuckets() && table.isDistributed:
      // Citus takes no recursive query that has events.
      topics = """
        each_name AS (SELECT topic FROM topic_spans WHERE bucket = 0
          UNION SELECT DISTINCT topic FROM \(Self.distributedEventsInBuckets))
        """
    case .spans where try hasBuckets():
      statements.add(Self.preferBlockRanges)
      topics = """
        RECURSIVE each_topic AS (\(Self.eachTopic(of: "topic_spans"))), each_name AS (
          \(Self.namesOfSpans) UNION SELECT topic FROM \(Self.eventsInBuckets))
        """
    case .spans:
      statements.add(TopicIndex.prefer)
      topics = """
        RECURSIVE each_topic AS (\(Self.eachTopic(of: "topic_spans"))), each_name AS (\(Self.namesOfSpans))
        """
    case .btree:
      statements.add(TopicIndex.prefer)
      topics = "RECURSIVE each_name AS (\(Self.eachTopic(of: "events", named: "each_name")))"
    case .none: topics = "each_name AS (SELECT DISTINCT topic FROM events)"
    }
    let names = statements.add(Self.names(of: topics))
    return try connection.pipeline(statements)[names]
  }

  /// The names in `each_topic`, which has the names of buckets, too.
  private static let namesOfSpans = """
    SELECT topic FROM each_topic WHERE left(topic, 1) <> '#'
      OR EXISTS (SELECT FROM topic_spans s WHERE s.topic = each_topic.topic AND s.bucket = 0)
    """

  /// Whether a group lists events by bucket, so that its rows of `topic_spans` do not name all of its topics.
  private func hasBuckets() throws(PostgresError) -> Bool {
    try connection.query("SELECT EXISTS (\(Self.groupsOfBuckets))").isTrue(0, 0)
  }

  private static let groupsOfBuckets = "SELECT group_id FROM topic_spans WHERE topic = '' AND bucket > 0"

  /// The events of the groups that list by bucket, for FROM. The BRIN index on `batch_id` finds them.
  private static let eventsInBuckets = """
    (SELECT DISTINCT group_id FROM (\(groupsOfBuckets)) AS b) AS g CROSS JOIN LATERAL (
      SELECT topic, ts FROM events WHERE batch_id >= g.group_id * \(GroupStatements.batchesInGroup)
        AND batch_id < (g.group_id + 1) * \(GroupStatements.batchesInGroup) OFFSET 0) AS e
    """

  /// The same for a table that Citus distributes, whose workers read all of their events once.
  private static let distributedEventsInBuckets = """
    (SELECT DISTINCT group_id FROM (\(groupsOfBuckets)) AS b) AS g
    JOIN events AS e ON e.batch_id / \(GroupStatements.batchesInGroup) = g.group_id
    """

  /// Without statistics, on a young table, the planner may prefer to read the whole table for each group.
  private static let preferBlockRanges = PostgresStatement("SELECT set_config('enable_seqscan', 'off', true)")

  /// Returns the query for the first 1,000 names of `each_name`, which `definition` defines.
  private static func names(of definition: String) -> PostgresQuery<TopicNames> {
    let statement = PostgresStatement(
      """
      WITH \(definition) SELECT topic, count(*) OVER () FROM each_name WHERE topic <> ''
      ORDER BY topic LIMIT 1000
      """)
    return PostgresQuery(statement) { rows in
      let names = (0..<rows.rowCount).map { rows.string($0, 0) ?? "" }
      return TopicNames(names: names, count: names.isEmpty ? 0 : Int(rows.integer(0, 1) ?? 0))
    }
  }

  /// Returns the first topics by name with their figures, and the number of all topics. Every event is read without the
  /// index of spans; with it, the events of the groups that list by bucket.
  func list() throws(PostgresError) -> TopicList {
    var statements = StatementList()
    let figures: String
    let table = try connection.query(EventTable.query)
    switch table.index {
    case .spans where try hasBuckets():
      statements.add(Self.preferBlockRanges)
      let events = table.isDistributed ? Self.distributedEventsInBuckets : Self.eventsInBuckets
      figures = """
        sum(events) AS events, max(latest) AS latest FROM (
          SELECT topic, n::bigint AS events, max_ts AS latest FROM topic_spans
          WHERE topic > '' AND bucket = 0 AND group_id NOT IN (\(Self.groupsOfBuckets))
          UNION ALL SELECT topic, count(*), max(ts) FROM \(events) GROUP BY topic) AS f
        """
    case .spans:
      figures = "sum(n) AS events, max(max_ts) AS latest FROM topic_spans WHERE topic <> '' AND bucket = 0"
    case .btree, .none: figures = "count(*) AS events, max(ts) AS latest FROM events"
    }
    let listed = statements.add(
      PostgresQuery(
        PostgresStatement(
          """
          SELECT topic, events::bigint, latest, count(*) OVER (), now()
          FROM (SELECT topic, \(figures) GROUP BY topic) t WHERE events > 0 ORDER BY topic LIMIT \(TopicList.limit)
          """)
      ) { $0 })
    let rows = try connection.pipeline(statements)[listed]
    guard rows.rowCount > 0 else {
      return TopicList(topics: [], count: 0, asOf: try connection.query("SELECT now()").time(0, 0) ?? 0)
    }
    let topics = (0..<rows.rowCount).map { row in
      TopicList.Topic(
        name: rows.string(row, 0) ?? "", events: rows.integer(row, 1) ?? 0, latest: rows.time(row, 2) ?? 0)
    }
    return TopicList(topics: topics, count: Int(rows.integer(0, 3) ?? 0), asOf: rows.time(0, 4) ?? 0)
  }

  /// Returns a body for `WITH RECURSIVE`, where it has the name `name`. It finds each topic with one step through an index that
  /// begins with the topic, from the last name to the first.
  static func eachTopic(of table: String, named name: String = "each_topic") -> String {
    """
    (SELECT topic FROM \(table) ORDER BY topic DESC LIMIT 1)
    UNION ALL
    SELECT n.topic FROM \(name) CROSS JOIN LATERAL (
      SELECT topic FROM \(table) WHERE topic < \(name).topic ORDER BY topic DESC LIMIT 1) n
    """
  }
}
