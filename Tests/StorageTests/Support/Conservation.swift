import TestSupport

extension StoreFixture {
  /// Returns the violations of the conservation law in one snapshot of the database; empty when the law
  /// holds. Compares the rows of the ledger and the sums of the pruned rows with the counters, and the
  /// counters with the events.
  func violations() async throws -> [String] {
    let rows = try await sql(
      """
      WITH ledger AS (
        SELECT sum(r)::bigint AS received, sum(u)::bigint AS unique_, sum(d)::bigint AS duplicate,
          sum(x)::bigint AS dead
        FROM (SELECT received, unique_, duplicate, dead FROM batches
          UNION ALL SELECT received, unique_, duplicate, dead FROM producers) AS all_(r, u, d, x)),
      counted AS (
        SELECT sum(received)::bigint AS received, sum(unique_)::bigint AS unique_,
          sum(duplicate)::bigint AS duplicate, sum(dead)::bigint AS dead, sum(expired)::bigint AS expired,
          sum(expired_dead)::bigint AS expired_dead
        FROM counters)
      SELECT 'ledger ' || l::text || ' counters ' || c::text FROM ledger l, counted c
        WHERE (l.received, l.unique_, l.duplicate, l.dead) IS DISTINCT FROM
          (c.received, c.unique_, c.duplicate, c.dead)
      UNION ALL SELECT 'received ' || received FROM counted
        WHERE received IS DISTINCT FROM unique_ + duplicate + dead
      UNION ALL SELECT 'events ' || count(*) FROM events
        HAVING count(*) IS DISTINCT FROM (SELECT unique_ - expired FROM counted)
      UNION ALL SELECT 'dead events ' || count(*) FROM dead_events
        HAVING count(*) IS DISTINCT FROM (SELECT dead - expired_dead FROM counted)
      UNION ALL SELECT 'batch ' || b.batch_id || ' owns ' || count(e.*) FROM batches b
        LEFT JOIN events e ON e.batch_id = b.batch_id GROUP BY b.batch_id, b.unique_
        HAVING count(e.*) <> b.unique_
      """)
    return rows.compactMap { $0[0] }
  }
}
