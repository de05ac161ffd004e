internal import PostgresClient

/// Vacuums a table from which retention deleted rows, and summarises the freed block ranges again.
///
/// A summary only grows while rows enter its range. If the space of deleted rows is used again, the summary
/// covers the times and batches of old and new rows, and after some rounds every range of the table would
/// match nearly every query. So each freed range gets a new summary of its present rows. That is done after
/// the vacuum, because deleted rows count until then.
struct TableVacuum {
  let connection: PostgresConnection
  /// The name of the table.
  let table: String

  /// Fewest deleted rows that make a vacuum due. The deleted rows must also be a fifth of the table
  /// (`share`), because each vacuum reads the whole index of keys.
  static let fewestRows = 50_000
  private static let share = 5
  /// Most ranges that are without a summary at a time, because a reader reads all blocks of such a range. Each
  /// statement is short, because it takes the lock that a vacuum takes.
  private static let rangesAtOnce = 32
  /// Attempts to lock the table, each as long as the lock timeout of the connection.
  private static let lockAttempts = 5

  /// `SET` statements of a session that vacuums: about 2,000 blocks read from memory, or 100 written, for
  /// each millisecond of rest. That is less than a disk can do, and far more than ingest writes.
  static let costs = "SET vacuum_cost_delay = 1; SET vacuum_cost_limit = 2000"

  /// Whether `deletedRows` deleted rows make a vacuum due.
  func isDue(deletedRows: Int) throws(PostgresError) -> Bool {
    precondition(deletedRows >= 0, "a number of rows")
    guard deletedRows >= Self.fewestRows else { return false }
    let answer = try connection.query(
      "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = $1::regclass", [.text(table)])
    return Int64(deletedRows) >= (answer.integer(0, 0) ?? 0) / Int64(Self.share)
  }

  /// Result of a vacuum.
  enum Outcome {
    /// The deleted rows are removed, and their ranges are summarised again.
    case done
    /// Another process vacuums the table. The ranges are noted again.
    case busy
    /// A transaction still needs most of the deleted rows. The ranges are noted again, for a later vacuum.
    case kept
  }

  /// Vacuums the table, and summarises its ranges in `freed`.
  /// - Throws: The error of the database; the ranges are noted again.
  func run(_ freed: FreedRanges) throws(PostgresError) -> Outcome {
    let taken = freed.take(of: table)
    let before = try vacuums()
    // TRUNCATE would lock out readers and writers. PARALLEL 0 leaves the other processors to them.
    try connection.execute("VACUUM (SKIP_LOCKED, TRUNCATE off, PARALLEL 0) \(table)")
    let after = try vacuums()
    guard after.count != before.count else { return .busy }
    try summarise(taken.freed.ranges.sorted())
    // Few rows are deleted while a vacuum runs. If most are left, some transaction's snapshot needs them.
    guard after.deadRows <= taken.freed.rows / 2 || taken.freed.rows == 0 else { return .kept }
    taken.finish()
    return .done
  }

  /// Returns how often a command vacuumed the table, and how many dead rows it had afterwards.
  private func vacuums() throws(PostgresError) -> (count: Int64, deadRows: Int) {
    let answer = try connection.query(
      "SELECT pg_stat_get_vacuum_count($1::regclass), pg_stat_get_dead_tuples($1::regclass)", [.text(table)])
    return (answer.integer(0, 0) ?? 0, Int(answer.integer(0, 1) ?? 0))
  }

  /// Makes new summaries of `ranges` in each BRIN index of the table whose ranges have the default size.
  private func summarise(_ ranges: [Int64]) throws(PostgresError) {
    assert(zip(ranges, ranges.dropFirst()).allSatisfy { $0 < $1 }, "ranges ascend, each once")
    let found = try connection.query(
      """
      SELECT i.indexrelid::regclass::text FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
      WHERE i.indrelid = $1::regclass AND a.amname = 'brin' AND i.indisvalid
        AND NOT coalesce(array_to_string(c.reloptions, ',') LIKE '%pages_per_range%', false)
      """, [.text(table)])
    let indexes = (0..<found.rowCount).compactMap { found.string($0, 0) }
    for start in stride(from: 0, to: ranges.count, by: Self.rangesAtOnce) where !indexes.isEmpty {
      let some = Array(ranges[start..<min(start + Self.rangesAtOnce, ranges.count)])
      try removeSummaries(of: some, from: indexes)
      for index in indexes { try call("brin_summarize_range", on: index, some) }
    }
  }

  /// Removes the summaries of `ranges`, while nobody writes to the table.
  ///
  /// `brin_desummarize_range` locks the map of the index before the page of a summary. A writer whose row moves
  /// a summary to another page locks both in the other order. Each then waits for the other for ever: Postgres
  /// detects no deadlock of such locks, and ends no backend that waits for one. Removing takes milliseconds,
  /// and readers go on.
  private func removeSummaries(of ranges: [Int64], from indexes: [String]) throws(PostgresError) {
    for attempt in 1...Self.lockAttempts {
      do throws(PostgresError) {
        return try connection.transaction { () throws(PostgresError) in
          try connection.execute("LOCK TABLE \(table) IN SHARE MODE")
          for index in indexes { try call("brin_desummarize_range", on: index, ranges) }
        }
      } catch {
        // Writers hold the table for the time of a group.
        guard error.state == "55P03", attempt < Self.lockAttempts else { throw error }
      }
    }
  }

  /// Calls a function of BRIN for each of `ranges`.
  private func call(_ function: String, on index: String, _ ranges: [Int64]) throws(PostgresError) {
    _ = try connection.query(
      """
      SELECT \(function)($1::regclass, range * \(BlockSummaries.rangeBlocks)) FROM unnest($2::bigint[]) AS range
      """, [.text(index), .bigints(ranges)])
  }
}
