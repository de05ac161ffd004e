internal import Base
internal import PostgresClient

/// Keeps the BRIN index of `events` up to date.
///
/// Postgres summarises new blocks when it vacuums, which may be a minute or a million rows later. Until then
/// every reader by groups and every live tail reads all new blocks. Summarising reads each block once, while
/// the block is still in memory.
struct BlockSummaries {
  /// First range that is not summarised; nil before the first call.
  private var done: Int64?

  /// Blocks of a range: the setting with which the index was made.
  static let rangeBlocks: Int64 = 128
  /// Ranges at the end of the table that are not summarised yet. Writers are filling them, and Postgres
  /// compares each row that enters a summarised range with the summary.
  static let filledRanges: Int64 = 4
  /// Most ranges that one statement summarises, so that each statement is short.
  private static let rangesAtOnce: Int64 = 256

  /// Summarises the ranges that were filled since the last call.
  /// - Parameter blocks: the size of the table now.
  /// - Returns: Whether there were such ranges; true for the first call.
  mutating func summarise(
    blocks: Int64, over connection: PostgresConnection, until stop: StopSignal
  ) throws(PostgresError) -> Bool {
    let filled = blocks / Self.rangeBlocks - Self.filledRanges
    guard var next = done, next <= filled + Self.filledRanges else {
      _ = try connection.query("SELECT brin_summarize_new_values('events_batch_id')")
      done = max(0, filled)
      return true
    }
    let isWork = next < filled
    while next < filled, !stop.isSet {
      let end = min(filled, next + Self.rangesAtOnce)
      assert(end > next, "each statement summarises a range")
      _ = try connection.query(
        """
        SELECT count(brin_summarize_range('events_batch_id', range * \(Self.rangeBlocks)))
        FROM generate_series($1::bigint, $2::bigint) AS range
        """, [.bigint(next), .bigint(end - 1)])
      next = end
      done = end
    }
    return isWork
  }
}
