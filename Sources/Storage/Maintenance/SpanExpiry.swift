/// Deletes the spans of groups whose events retention has deleted. Later than the events: a span without
/// events only costs a look, an event without its span would not be found.
struct SpanExpiry {
  let connection: PostgresConnection

  /// How much longer than events spans stay: events appear when their transactions end, and are as old as
  /// their beginnings, as their spans are. In microseconds.
  static let margin: Int64 = 3_600 * 1_000_000
  private static let rows = 5_000

  /// Deletes some of the spans that were written before `end`, in microseconds since 1970.
  /// - Returns: Whether there may be more.
  func delete(before end: Int64) throws(PostgresError) -> Bool {
    try connection.transaction { () throws(PostgresError) in
      // The BRIN index, whatever the statistics say.
      try connection.execute("SET LOCAL enable_seqscan = off")
      let gone = try connection.query(
        """
        WITH gone AS (
          DELETE FROM topic_spans WHERE processed_at < $1 AND ctid = ANY(ARRAY(
            SELECT ctid FROM topic_spans WHERE processed_at < $1 LIMIT \(Self.rows)))
          RETURNING 1)
        SELECT count(*) FROM gone
        """, [.time(end - Self.margin)])
      return gone.integer(0, 0) == Int64(Self.rows)
    }
  }
}
