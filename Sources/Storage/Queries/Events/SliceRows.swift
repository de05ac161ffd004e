internal import PostgresClient
internal import StoreInterface

/// The rows of `events` in a slice of time, by the index that finds them.
struct SliceRows: Sendable {
  /// A part of a statement.
  struct Source {
    /// A WITH clause, or nothing.
    let with: String
    /// The rows, for FROM.
    let rows: String
  }

  private let filter: EventFilter
  private let table: EventTable
  private let usesTopicIndex: Bool

  /// Creates the rows of `filter` in `table`.
  init(_ filter: EventFilter, _ table: EventTable) {
    self.filter = filter
    self.table = table
    usesTopicIndex = table.index == .btree && filter.clock == .eventTime
  }

  /// Whether the rows are on the workers of Citus.
  var isRemote: Bool { table.isDistributed }

  /// The statement before each query for these rows. Without statistics, on a young table, the planner may prefer to
  /// read the whole table.
  var preparation: PostgresStatement {
    usesTopicIndex ? TopicIndex.prefer : PostgresStatement("SET LOCAL enable_seqscan = off")
  }

  /// Returns the rows of `slice`, with all columns that `conditions` use. Their parameters are added to `conditions`.
  ///
  /// Without the B-tree, the BRIN index on the time finds the blocks of the slice.
  func source(of slice: Range<Int64>, with conditions: inout EventConditions) -> Source {
    let bounds =
      "\(conditions.time) >= \(conditions.place(EventConditions.bound(slice.lowerBound)))"
      + " AND \(conditions.time) < \(conditions.place(EventConditions.bound(slice.upperBound)))"
    guard filter.eventID == nil else {
      // The primary key finds an event id.
      conditions.require(bounds)
      return Source(with: "", rows: "events")
    }
    guard usesTopicIndex else {
      return Source(with: "", rows: "(SELECT * FROM events WHERE \(bounds)\(table.fence)) AS e")
    }
    if case .one = filter.topics {
      conditions.require(bounds)
      return Source(with: "", rows: "events")
    }
    let topics = EventConditions.topics(of: filter, after: conditions.parameters)
    conditions.takeParameters(of: topics)
    return Source(
      with: "WITH RECURSIVE each_topic AS (\(TopicListing.eachTopic(of: "events"))) ",
      rows: """
        (SELECT e.* FROM (SELECT topic FROM each_topic WHERE \(topics.sql)) AS t CROSS JOIN LATERAL (
          SELECT * FROM events WHERE topic = t.topic AND \(bounds) OFFSET 0) AS e) AS e
        """)
  }

  /// Returns whether no event of the table has a time in `slice`, whatever the other conditions say.
  func isEmpty(_ slice: Range<Int64>, in transaction: SearchTransaction) throws(PostgresError) -> Bool {
    // The primary key finds an event id, however wide the slice is.
    guard filter.eventID == nil else { return false }
    let time = filter.clock.column
    var statements = StatementList()
    statements.add(PostgresStatement("SET LOCAL enable_seqscan = off"))
    let exists = statements.add(
      PostgresQuery(
        PostgresStatement(
          "SELECT EXISTS (SELECT 1 FROM events WHERE \(time) >= $1 AND \(time) < $2)",
          [EventConditions.bound(slice.lowerBound), EventConditions.bound(slice.upperBound)])
      ) { $0.isTrue(0, 0) })
    return try !transaction.connection.pipeline(statements)[exists]
  }

  /// Returns a time before all events of the table, not much farther from `now` than the oldest event. It is found
  /// by a few looks, because the BRIN index tells only whether a time may occur.
  func oldest(before now: Int64, in transaction: SearchTransaction) throws(PostgresError) -> Int64 {
    var distance = SliceWalk.firstWidth
    while distance < Int64.max / 32 {
      let (time, overflow) = now.subtractingReportingOverflow(distance)
      guard !overflow, time > EventConditions.firstTime else { break }
      var statements = StatementList()
      statements.add(PostgresStatement("SET LOCAL enable_seqscan = off"))
      let exists = statements.add(
        PostgresQuery(
          PostgresStatement(
            "SELECT EXISTS (SELECT 1 FROM events WHERE \(filter.clock.column) < $1)", [.time(time)])
        ) { $0.isTrue(0, 0) })
      guard try transaction.connection.pipeline(statements)[exists] else { return time }
      distance *= 16
    }
    return .min
  }
}
