internal import PostgresClient
internal import StoreInterface

/// Makes the index of events that the operator chose, and drops the other one, in the transaction that
/// migrates.
///
/// Servers with other settings may be running. The lock waits for all transactions that have written events,
/// and keeps others from writing until this transaction is committed. Events written before are visible here;
/// later writers see the new `store.event_index`. A transaction in `serializable` isolation would see `store`
/// as it was when the transaction began. So every shard of the counters is updated, which makes such a
/// transaction run again.
struct EventIndexChange {
  let connection: PostgresConnection

  /// Returns the index that exists.
  func current() throws(PostgresError) -> EventIndex {
    try connection.query(Self.query)
  }

  /// Reads the index that exists.
  static let query = PostgresQuery(PostgresStatement("SELECT event_index FROM store")) { rows in
    rows.string(0, 0).flatMap { EventIndex(rawValue: $0) } ?? .none
  }

  /// Makes `wanted` the index; does nothing when it is the index already.
  func make(_ wanted: EventIndex) throws(PostgresError) {
    assert(connection.isInTransaction, "the index changes in the transaction that migrates")
    try connection.execute("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE")
    guard try current() != wanted else { return }
    // DELETE, because readers with older snapshots must still find the rows; TRUNCATE would show them none.
    try connection.execute(
      """
      DROP INDEX IF EXISTS events_topic_ts, topic_spans_newest, topic_spans_processed_at;
      DELETE FROM topic_spans
      """)
    switch wanted {
    case .spans:
      try connection.execute(Self.spansOfStoredEvents)
      // Deduplication is off, because hardly two rows have equal keys, and Postgres would look for equal keys
      // whenever a page is full.
      try connection.execute(
        """
        CREATE INDEX topic_spans_newest ON topic_spans (topic, max_ts DESC, min_ts)
          WITH (deduplicate_items = off);
        CREATE INDEX topic_spans_processed_at ON topic_spans USING brin (processed_at) WITH (autosummarize = on)
        """)
    case .btree: try connection.execute("CREATE INDEX events_topic_ts ON events (topic, ts)")
    case .none: break
    }
    _ = try connection.query("UPDATE store SET event_index = $1", [.text(wanted.rawValue)])
    try connection.execute("UPDATE counters SET shard = shard")
  }

  /// Makes the spans that writers would have written for the stored events, by the rules of `GroupSpans`.
  private static let spansOfStoredEvents = """
    WITH grouped AS (
      SELECT batch_id / \(GroupStatements.batchesInGroup) AS group_id, topic, event_id, ts, processed_at
      FROM events
    ), middle AS (
      SELECT group_id, percentile_disc(0.25) WITHIN GROUP (ORDER BY ts) AS low,
        percentile_disc(0.75) WITHIN GROUP (ORDER BY ts) AS high
      FROM grouped GROUP BY group_id
    ), placed AS (
      SELECT e.*, ts BETWEEN low - 2 * greatest(high - low, interval '1 s')
        AND high + 2 * greatest(high - low, interval '1 s') AS is_bulk
      FROM grouped e JOIN middle USING (group_id)
    ), named AS (
      SELECT * FROM placed
      UNION ALL SELECT group_id, '', event_id, ts, processed_at, is_bulk FROM placed
    ), counted AS (
      SELECT *, count(*) OVER (PARTITION BY group_id, topic) AS n,
        row_number() OVER (PARTITION BY group_id, topic, is_bulk ORDER BY ts) AS k
      FROM named
    ), pieces AS (
      SELECT topic, group_id, n, ts, processed_at, event_id,
        CASE WHEN n <= \(GroupSpans.listedEvents) THEN 1
          WHEN NOT is_bulk THEN 1 + (k - 1) / \(GroupSpans.lateEvents) ELSE 0 END AS piece
      FROM counted
    )
    INSERT INTO topic_spans (topic, group_id, n, min_ts, max_ts, processed_at, listed)
    SELECT topic, group_id,
      CASE WHEN piece = min(piece) OVER (PARTITION BY group_id, topic) THEN n ELSE 0 END,
      min(ts), max(ts), max(processed_at),
      CASE WHEN piece > 0 THEN string_agg(int8send((extract(epoch FROM ts) * 1000000)::bigint)
        || int2send(octet_length(event_id)::smallint) || convert_to(event_id, 'UTF8'), '' ORDER BY ts) END
    FROM pieces GROUP BY topic, group_id, n, piece ORDER BY topic, max(ts)
    """
}
