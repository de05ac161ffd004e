internal import PostgresClient
internal import StoreInterface

/// The temporary table of a writer's connection. Rows arrive by COPY and are moved to `events` by one sorted
/// INSERT.
///
/// The table is cleared at the beginning of the next transaction. `ON COMMIT DELETE ROWS` would be simpler,
/// but truncates three files at every COMMIT: 0.5 ms of processor time and up to 5 ms of waiting, measured
/// with groups of one event, where a DELETE took 0.05 ms. A DELETE costs 0.25 µs for each row, and deleted
/// rows keep their space, so a TRUNCATE is cheaper after many deleted rows.
struct StagingTable {
  static let name = "staging"

  /// Number of rows in the file at and above which TRUNCATE clears the table.
  private static let truncatedRows = 2_000

  /// Time at which the table was created or last emptied outside of a group. No transaction id in the table
  /// is older.
  private(set) var renewedAt = ContinuousClock.now

  /// Records that the table was emptied outside of a group.
  mutating func renewed(at now: ContinuousClock.Instant) {
    rows = 0
    renewedAt = now
  }

  /// Number of rows written to the file since the last TRUNCATE, including deleted rows.
  private var rows = 0

  /// The statement that creates the table. Its columns are in the order of `CopyEncoder`.
  static func definition(payload: PayloadType) -> String {
    """
    CREATE TEMPORARY TABLE staging (
      batch_id bigint NOT NULL,
      event_id text COLLATE "C" NOT NULL,
      topic text COLLATE "C" NOT NULL,
      ts timestamptz NOT NULL,
      source text NOT NULL,
      payload \(payload.rawValue))
    """
  }

  /// The statement that clears the table for a transaction that will write up to `next` rows. Every
  /// transaction needs it, because the rollback of a transaction also undoes its clearing.
  mutating func clear(for next: Int) -> PostgresStatement {
    precondition(next >= 0, "a number of rows")
    let isTruncated = rows >= Self.truncatedRows
    rows = isTruncated ? next : rows + next
    return PostgresStatement(isTruncated ? "TRUNCATE staging" : "DELETE FROM staging")
  }

  /// Inserts the staged rows of the whole group by one statement, so that keys are locked in one global
  /// order: two writers with equal keys wait in the same order and cannot deadlock. `KeyOrder` makes the sort
  /// cheap, but only ORDER BY guarantees the order. Counts come from RETURNING, because the command tag is
  /// wrong on Citus.
  static let insert = PostgresQuery(
    PostgresStatement(
      """
      WITH stored AS (\(insertion))
      SELECT batch_id, topic, count(*) FROM stored GROUP BY batch_id, topic
      """)
  ) { StoredCounts($0) }

  /// As `insert`, on Citus, which takes no INSERT within another statement. Each worker locks the keys of a shard in any
  /// order; Citus detects deadlocks between workers and cancels one of the transactions.
  static let distributedInsert = PostgresQuery(PostgresStatement(insertion)) { StoredCounts(events: $0) }

  private static let insertion = """
    INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
      SELECT ts, batch_id, event_id, topic, source, payload FROM staging
      ORDER BY event_id, topic
      ON CONFLICT (event_id, topic) DO NOTHING
      RETURNING batch_id, topic
    """
}

/// Numbers of events that the INSERT stored; a batch or topic without stored events has no entry.
struct StoredCounts {
  private(set) var byBatch: [Int64: Int32] = [:]
  private(set) var byTopic: [[UInt8]: Int] = [:]

  /// Reads rows of `batch_id` and topic, one for each stored event.
  init(events rows: PostgresResult) {
    for row in 0..<rows.rowCount {
      guard let batchID = rows.integer(row, 0), let topic = rows.bytes(row, 1) else { continue }
      byBatch[batchID, default: 0] += 1
      byTopic[topic, default: 0] += 1
    }
  }

  /// Reads rows of `batch_id`, topic and count.
  init(_ rows: PostgresResult) {
    for row in 0..<rows.rowCount {
      guard let batchID = rows.integer(row, 0), let topic = rows.bytes(row, 1),
        let count = rows.integer(row, 2)
      else { continue }
      assert(count > 0, "a group of rows has a row")
      byBatch[batchID, default: 0] += Int32(clamping: count)
      byTopic[topic, default: 0] += Int(count)
    }
  }
}
