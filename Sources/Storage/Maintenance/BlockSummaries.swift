/// Keeps the BRIN index on `events.batch_id` up to date.
///
/// Postgres summarises new blocks when it vacuums, which may be a minute or a million rows away; until then
/// every reader by groups and every live tail looks at all of them. Summarising costs a look at each block,
/// once in its life, while it is still in memory.
struct BlockSummaries {
  /// Ranges before this one are summarised; nil before the first look.
  private var done: Int64?

  /// Blocks of a range, as the index was made with.
  static let rangeBlocks: Int64 = 128
  /// Ranges at the end that are left alone: they are being filled, and each row that comes into a range which
  /// is summarised is compared with the summary.
  static let filledRanges: Int64 = 4
  /// Ranges that one statement summarises, so that each is short.
  private static let rangesAtOnce: Int64 = 256

  /// Summarises the ranges that were filled since the last look.
  /// - Parameter blocks: the size of the table now.
  /// - Returns: Whether there were any.
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
