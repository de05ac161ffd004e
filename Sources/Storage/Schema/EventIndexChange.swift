/// Makes the index of events that the operator wants, and drops the other one; in the transaction that
/// migrates.
///
/// Servers with other settings may be running. The lock waits for all transactions that have written events
/// and keeps others from writing until this one is committed: who wrote before is seen here, who writes later
/// sees `store.event_index` as it is now. A transaction in `serializable` isolation would see `store` as it
/// was when it began; so every shard of the counters is touched, which makes such a transaction run again.
struct EventIndexChange {
  let connection: PostgresConnection

  /// The index that there is.
  func current() throws(PostgresError) -> EventIndex {
    Self.index(in: try connection.query(Self.question))
  }

  /// Asks for the index that there is.
  static let question = PostgresStatement("SELECT event_index FROM store")

  /// What the answer to `question` says.
  static func index(in answer: PostgresResult?) -> EventIndex {
    answer?.string(0, 0).flatMap { EventIndex(rawValue: $0) } ?? .none
  }

  /// Makes `wanted` the index.
  func make(_ wanted: EventIndex) throws(PostgresError) {
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
      // Hardly two rows have equal keys, so looking for some whenever a page is full is in vain.
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

  /// What writers would have written for the events that are there: see `GroupSpans`, whose rules these are.
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
