internal import Base
internal import PostgresClient
internal import WireProtocol

/// Deletes producers that were not seen for long, with their ledger rows, and adds their sums to the row of
/// forgotten producers. A producer that comes back is registered anew.
struct ProducerForgetting {
  /// The kinds of producers, which are kept for different times.
  enum Kind {
    /// Producers of idempotency keys.
    case singleBatch
    /// Producers that never sent a batch.
    case unused
    /// All other producers.
    case lasting
  }

  let connection: PostgresConnection

  /// Most producers that one transaction forgets.
  static let pageRows = 500

  /// Forgets up to `pageRows` producers that neither registered nor committed anything for `age`.
  /// - Returns: Number of forgotten producers; `pageRows` when there may be more.
  func forget(_ kind: Kind, unseenFor age: Duration) throws(PostgresError) -> Int {
    let age = PostgresParameter.bigint(age.wholeMilliseconds)
    let rows = try connection.query(candidates(kind), [age])
    let found = (0..<rows.rowCount).compactMap { rows.producer($0, 0) }
    guard !found.isEmpty else { return 0 }
    assert(found.count <= Self.pageRows, "a page is bounded")
    return try connection.transaction { () throws(PostgresError) in
      _ = try connection.query(
        "INSERT INTO producers (producer, owner, name) VALUES ($1, $2, 'forgotten') ON CONFLICT DO NOTHING",
        [.uuid(ForgottenProducers.id), .text(ForgottenProducers.owner)])
      // A producer that was seen meanwhile is left out. The row of the sums comes first in the order of
      // locks.
      let locked = try connection.query(
        """
        SELECT producer FROM producers
        WHERE producer = ANY($1::uuid[]) AND (producer = $2 OR seen_at < now() - $3::bigint * interval '1 ms')
        ORDER BY producer FOR UPDATE SKIP LOCKED
        """, [.uuids(found + [ForgottenProducers.id]), .uuid(ForgottenProducers.id), age])
      guard locked.rowCount > 1, locked.producer(0, 0) == ForgottenProducers.id else { return 0 }
      let producers = (1..<locked.rowCount).compactMap { locked.producer($0, 0) }
      assert(!producers.contains(ForgottenProducers.id), "the row of the sums is never forgotten")
      let answer = try connection.query(
        Self.fold, [.uuids(producers), .uuid(ForgottenProducers.id), age])
      return Int(answer.integer(0, 0) ?? 0)
    }
  }

  /// Returns the query for producers to forget. The ledger is checked, too, because a connection may last
  /// longer than producers are kept.
  private func candidates(_ kind: Kind) -> String {
    let isOfKind =
      switch kind {
      case .singleBatch: "single_batch"
      case .unused:
        "batches = 0 AND floor = 0 AND NOT single_batch AND producer <> '\(ForgottenProducers.id)'"
      case .lasting: "NOT single_batch AND producer <> '\(ForgottenProducers.id)'"
      }
    return """
      SELECT producer FROM producers p WHERE \(isOfKind) AND seen_at < now() - $1::bigint * interval '1 ms'
        AND NOT EXISTS (SELECT FROM batches b WHERE b.producer = p.producer
          \(kind == .unused ? "" : "AND b.committed_at >= now() - $1::bigint * interval '1 ms'"))
      LIMIT \(Self.pageRows)
      """
  }

  private static let fold = """
    WITH gone AS (
      DELETE FROM producers p WHERE producer = ANY($1::uuid[]) AND NOT EXISTS
        (SELECT FROM batches b WHERE b.producer = p.producer
          AND b.committed_at >= now() - $3::bigint * interval '1 ms')
      RETURNING producer, session, batches, received, unique_, duplicate, dead
    ), rows AS (
      DELETE FROM batches b USING gone g WHERE b.producer = g.producer
      RETURNING 0::bigint AS session, 1::bigint AS batches, b.received, b.unique_, b.duplicate, b.dead
    ), sums AS (
      SELECT coalesce(max(session), 0) AS session, coalesce(sum(batches), 0) AS batches,
        coalesce(sum(received), 0) AS received, coalesce(sum(unique_), 0) AS unique_,
        coalesce(sum(duplicate), 0) AS duplicate, coalesce(sum(dead), 0) AS dead
      FROM (SELECT session, batches, received, unique_, duplicate, dead FROM gone
        UNION ALL SELECT session, batches, received, unique_, duplicate, dead FROM rows) AS every
    ), folded AS (
      UPDATE producers p SET session = greatest(p.session, s.session), batches = p.batches + s.batches,
        received = p.received + s.received, unique_ = p.unique_ + s.unique_,
        duplicate = p.duplicate + s.duplicate, dead = p.dead + s.dead
      FROM sums s WHERE p.producer = $2
    )
    SELECT count(*) FROM gone
    """
}
