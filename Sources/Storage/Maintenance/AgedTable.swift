internal import Base
internal import PostgresClient
internal import StoreInterface

/// A table whose rows are deleted by age, one block range after the other. The transaction that deletes rows
/// also adds their number to `counters`, so that the two never differ.
///
/// The BRIN index on the time of storing finds the ranges that hold old rows. All old rows of a range are
/// deleted together, for two reasons: a range that is freed as a whole can be summarised again, and a search
/// in the order of age would pass the same deleted rows again and again.
///
/// A range that holds young rows too waits until all of its rows are old, at most for `grace`. Otherwise
/// its free blocks would take new rows beside the young ones. The summary of such a range matches all groups
/// between them, and the range would never become whole again.
struct AgedTable {
  let connection: PostgresConnection
  /// The name of the table.
  let name: String
  private let time: String
  /// Column of `counters` that counts the deleted rows; nil for a table that is not counted.
  private let counter: String?
  /// Time for which rows are kept beyond `age`.
  private let margin: Duration

  /// Most ranges whose old rows one transaction deletes: 16 MiB, about 100,000 events.
  static let rangesAtOnce = 16

  /// The stored events. A trigger tells the writers that keys were deleted.
  static func events(_ connection: PostgresConnection) -> AgedTable {
    AgedTable(
      connection: connection, name: "events", time: "processed_at", counter: "expired", margin: .zero)
  }

  /// The dead events.
  static func deadEvents(_ connection: PostgresConnection) -> AgedTable {
    AgedTable(connection: connection, name: "dead_events", time: "at", counter: "expired_dead", margin: .zero)
  }

  /// The spans of groups whose events retention has deleted. Spans are kept an hour longer than events,
  /// because events become visible when their transaction ends, and carry the time at which it began. A span
  /// without events only costs a search; an event without its span would not be found.
  static func spans(_ connection: PostgresConnection) -> AgedTable {
    AgedTable(
      connection: connection, name: "topic_spans", time: "processed_at", counter: nil, margin: .seconds(3_600)
    )
  }

  /// The names of all such tables.
  static let names = ["events", "dead_events", "topic_spans"]

  /// Returns the time past `age` for which an old row may wait for younger rows of its range: the age, at most
  /// two minutes. With a short age all rows of a range are old by then, because the range was filled within it.
  static func grace(age: Duration) -> Duration { min(age, .seconds(120)) }

  /// Times in microseconds since 1970.
  struct Bounds {
    /// Time at which the schema was made; only rows copied from another database are older.
    let first: Int64
    /// Rows that were stored before this time are old.
    let end: Int64
    /// Rows that were stored before this time wait for no other row: `end` without the grace.
    let latest: Int64
  }

  /// Returns the times that are in force now for rows that are kept for `age`.
  func bounds(age: Duration) throws(PostgresError) -> Bounds {
    let answer = try connection.query(
      """
      SELECT (extract(epoch FROM created_at) * 1000000)::bigint,
        (extract(epoch FROM now() - $1::bigint * interval '1 ms') * 1000000)::bigint
      FROM store
      """, [.bigint((age + margin).wholeMilliseconds)])
    let end = answer.integer(0, 1) ?? 0
    let grace = Self.grace(age: age).wholeMilliseconds * 1_000
    return Bounds(first: answer.integer(0, 0) ?? 0, end: end, latest: end - grace)
  }

  /// Rows that a search found in one step of an `AgeWindow`.
  struct Findings {
    /// Block ranges that hold rows of these times, ascending.
    var ranges: [Int64] = []
    /// Number of rows found, at most `AgeWindow.rows`.
    var rows = 0
    /// Time of the oldest row found, in microseconds since 1970.
    var oldest: Int64?
  }

  /// Finds rows with times in `span`. Sequential scans are off, because reading the whole table is never
  /// right, whatever the statistics of the planner say.
  func find(in span: Range<Int64>) throws(PostgresError) -> Findings {
    var statements = StatementList()
    statements.add(PostgresStatement("SELECT set_config('enable_seqscan', 'off', true)"))
    let found = statements.add(findings(in: span))
    let findings = try connection.pipeline(statements)[found]
    assert(findings.rows <= AgeWindow.rows, "the search has a limit")
    return findings
  }

  private func findings(in span: Range<Int64>) -> PostgresQuery<Findings> {
    let statement = PostgresStatement(
      """
      SELECT (place::text::point)[0]::bigint / \(BlockSummaries.rangeBlocks) AS range, count(*), min(at)
      FROM (SELECT ctid AS place, \(time) AS at FROM \(name)
        WHERE \(time) >= \(Self.instant("$1")) AND \(time) < \(Self.instant("$2"))
        LIMIT \(AgeWindow.rows)) AS old
      GROUP BY range ORDER BY range
      """, [.bigint(span.lowerBound), .bigint(span.upperBound)])
    return PostgresQuery(statement) { rows in
      var findings = Findings()
      for row in 0..<rows.rowCount {
        findings.ranges.append(rows.integer(row, 0) ?? 0)
        findings.rows += Int(rows.integer(row, 1) ?? 0)
        if let oldest = rows.time(row, 2) { findings.oldest = min(findings.oldest ?? oldest, oldest) }
      }
      return findings
    }
  }

  /// Returns those of `ranges` whose old rows can be deleted: all rows are old, or one has waited long enough.
  func ripe(_ ranges: ArraySlice<Int64>, _ bounds: Bounds) throws(PostgresError) -> [Int64] {
    guard !ranges.isEmpty else { return [] }
    // One scan for each range, because the range of a row is expensive to compute for each row.
    let scans = ranges.map { range in
      """
      SELECT \(range) FROM \(name) WHERE \(Self.blocks(range..<range + 1))
      HAVING max(\(time)) < \(Self.instant("$1")) OR min(\(time)) < \(Self.instant("$2"))
      """
    }
    var statements = StatementList()
    statements.add(Self.blocksInOrder)
    let rows = statements.add(
      PostgresQuery(
        PostgresStatement(
          scans.joined(separator: " UNION ALL "), [.bigint(bounds.end), .bigint(bounds.latest)])
      ) { rows in (0..<rows.rowCount).compactMap { rows.integer($0, 0) }.sorted() })
    return try connection.pipeline(statements)[rows]
  }

  /// Deletes, in one transaction, the rows of `ranges` that were stored before `end`. There may be at most
  /// `rangesAtOnce` ranges.
  /// - Returns: Number of deleted rows.
  func delete(from ranges: ArraySlice<Int64>, before end: Int64) throws(PostgresError) -> Int {
    precondition(ranges.count <= Self.rangesAtOnce, "more ranges than a transaction may take")
    let statements = Self.runs(of: ranges).map { run in
      PostgresStatement(
        """
        DELETE FROM \(name) WHERE \(time) < \(Self.instant("$1")) AND \(Self.blocks(run))
        """, [.bigint(end)])
    }
    guard !statements.isEmpty else { return 0 }
    return try connection.transaction { () throws(PostgresError) in
      var list = StatementList()
      list.add(Self.blocksInOrder)
      let counts = statements.map { list.add(PostgresQuery($0) { $0.affectedRows }) }
      let results = try connection.pipeline(list)
      let deleted = counts.reduce(0) { $0 + results[$1] }
      assert(deleted >= 0, "command tags have no negative number")
      try count(deleted)
      return deleted
    }
  }

  /// Adds to the counter of the table, in the transaction that deletes its rows.
  private func count(_ deleted: Int) throws(PostgresError) {
    guard let counter, deleted > 0 else { return }
    _ = try connection.query(
      """
      INSERT INTO counters AS c (shard, \(counter)) VALUES (0, $1)
      ON CONFLICT (shard) DO UPDATE SET \(counter) = c.\(counter) + EXCLUDED.\(counter)
      """, [.bigint(Int64(deleted))])
  }

  /// Counts the rows with times in `span` on Citus, up to `AgeWindow.rows`.
  func findDistributed(in span: Range<Int64>) throws(PostgresError) -> Findings {
    let answer = try connection.query(
      """
      SELECT count(*), min(at) FROM (SELECT \(time) AS at FROM \(name)
        WHERE \(time) >= \(Self.instant("$1")) AND \(time) < \(Self.instant("$2")) LIMIT \(AgeWindow.rows)) AS old
      """, [.bigint(span.lowerBound), .bigint(span.upperBound)])
    return Findings(rows: Int(answer.integer(0, 0) ?? 0), oldest: answer.time(0, 1))
  }

  /// Deletes the events with times in `span` on Citus, in one transaction.
  /// - Returns: Number of deleted events.
  func deleteDistributed(_ span: Range<Int64>) throws(PostgresError) -> Int {
    precondition(name == "events", "no other table is distributed")
    return try connection.transaction { () throws(PostgresError) in
      let deleted = try DistributedDeletion(connection: connection).delete(storedIn: span)
      try count(deleted)
      return deleted
    }
  }

  /// Makes Postgres read the blocks of a range, and not all blocks that the BRIN index matches.
  private static let blocksInOrder = PostgresStatement(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")

  /// The condition of a row in the blocks of `run`.
  private static func blocks(_ run: Range<Int64>) -> String {
    """
    ctid >= '(\(run.lowerBound * BlockSummaries.rangeBlocks),0)'::tid
      AND ctid < '(\(run.upperBound * BlockSummaries.rangeBlocks),0)'::tid
    """
  }

  /// Joins neighbouring ranges.
  private static func runs(of ranges: ArraySlice<Int64>) -> [Range<Int64>] {
    assert(zip(ranges, ranges.dropFirst()).allSatisfy { $0 < $1 }, "ranges ascend")
    return ranges.reduce(into: []) { runs, range in
      if let last = runs.last, last.upperBound == range {
        runs[runs.count - 1] = last.lowerBound..<range + 1
      } else {
        runs.append(range..<range + 1)
      }
    }
  }

  private static func instant(_ parameter: String) -> String {
    "timestamptz 'epoch' + \(parameter)::bigint * interval '1 us'"
  }
}

extension PostgresResult {
  /// Number of rows that a DELETE, INSERT or UPDATE changed, from its command tag.
  var affectedRows: Int { commandTag.split(separator: " ").last.flatMap { Int($0) } ?? 0 }
}
