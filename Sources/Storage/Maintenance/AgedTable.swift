/// A table whose rows are deleted by age, a few thousand at a time, each time together with their number in
/// `counters`: the two never differ.
struct AgedTable {
  let connection: PostgresConnection
  private let name: String
  private let time: String
  private let counter: String

  /// Stored events. A trigger tells the writers that keys are gone.
  static func events(_ connection: PostgresConnection) -> AgedTable {
    AgedTable(connection: connection, name: "events", time: "processed_at", counter: "expired")
  }

  /// Dead events.
  static func deadEvents(_ connection: PostgresConnection) -> AgedTable {
    AgedTable(connection: connection, name: "dead_events", time: "at", counter: "expired_dead")
  }

  /// The times, in microseconds since 1970, between which rows of `age` and older are: the first is that of
  /// the schema, before which there is nothing unless rows were brought from elsewhere.
  func bounds(age: Duration) throws(PostgresError) -> (first: Int64, end: Int64) {
    let answer = try connection.query(
      """
      SELECT (extract(epoch FROM created_at) * 1000000)::bigint,
        (extract(epoch FROM now() - $1::bigint * interval '1 ms') * 1000000)::bigint
      FROM store
      """, [.bigint(age.milliseconds)])
    return (answer.integer(0, 0) ?? 0, answer.integer(0, 1) ?? 0)
  }

  /// Deletes some rows from `span` on, in one transaction.
  /// - Returns: How many, at most `AgeWindow.rows`.
  func delete(in span: Range<Int64>) throws(PostgresError) -> Int {
    let bounds = [PostgresParameter.bigint(span.lowerBound), .bigint(span.upperBound)]
    let (name, isWithin) = (name, isWithin)
    return try connection.transaction { () throws(PostgresError) in
      // The BRIN index, whatever the statistics say: to read the whole table is never right.
      try connection.execute("SET LOCAL enable_seqscan = off")
      // A DELETE of nothing would raise the generation of deletions, too.
      let found = try connection.query("SELECT EXISTS (SELECT FROM \(name) WHERE \(isWithin))", bounds)
      guard found.isTrue(0, 0) else { return 0 }
      let gone = try connection.query(
        """
        WITH gone AS (
          DELETE FROM \(name) WHERE \(isWithin) AND ctid = ANY(ARRAY(
            SELECT ctid FROM \(name) WHERE \(isWithin) LIMIT \(AgeWindow.rows)))
          RETURNING 1)
        SELECT count(*) FROM gone
        """, bounds)
      let deleted = Int(gone.integer(0, 0) ?? 0)
      _ = try connection.query(
        """
        INSERT INTO counters AS c (shard, \(counter)) VALUES (0, $1)
        ON CONFLICT (shard) DO UPDATE SET \(counter) = c.\(counter) + EXCLUDED.\(counter)
        """, [.bigint(Int64(deleted))])
      return deleted
    }
  }

  private var isWithin: String {
    let epoch = "timestamptz 'epoch'"
    return """
      \(time) >= \(epoch) + $1::bigint * interval '1 us' AND \(time) < \(epoch) + $2::bigint * interval '1 us'
      """
  }
}
