internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// A page of producers by name and identity.
enum ProducerListing {
  /// Returns up to `limit` producers after `place`. Ledger rows are added up only for the producers of the
  /// page.
  static func read(
    after place: ProducerPlace?, limit: Int, over connection: PostgresConnection
  ) throws(PostgresError) -> [StoredProducer] {
    var parameters = [PostgresParameter.bigint(Int64(limit))]
    // The row of forgotten producers always exists; it is listed once it has sums.
    var condition = "WHERE (producer <> '\(ForgottenProducers.id)' OR batches > 0)"
    if let place {
      guard !place.name.utf8.contains(0) else { return [] }
      parameters += [.text(place.name), .uuid(place.producer)]
      condition += #" AND (name COLLATE "C", producer) > ($2, $3)"#
    }
    let rows = try connection.query(
      """
      SELECT p.producer, p.name, p.owner, p.session, p.floor, p.seen_at, p.batches + l.batches,
        p.received + l.received, p.unique_ + l.unique_, p.duplicate + l.duplicate, p.dead + l.dead
      FROM (SELECT * FROM producers \(condition) ORDER BY name COLLATE "C", producer LIMIT $1) p
      CROSS JOIN LATERAL (
        SELECT count(*) AS batches, coalesce(sum(received), 0)::bigint AS received,
          coalesce(sum(unique_), 0)::bigint AS unique_, coalesce(sum(duplicate), 0)::bigint AS duplicate,
          coalesce(sum(dead), 0)::bigint AS dead
        FROM batches WHERE producer = p.producer) l
      ORDER BY p.name COLLATE "C", p.producer
      """, parameters)
    return (0..<rows.rowCount).map { producer(rows, $0) }
  }

  private static func producer(_ rows: PostgresResult, _ row: Int) -> StoredProducer {
    func number(_ column: Int) -> Int64 { rows.integer(row, column) ?? 0 }
    return StoredProducer(
      producer: rows.producer(row, 0) ?? ProducerID(high: 0, low: 0), name: rows.string(row, 1) ?? "",
      owner: rows.string(row, 2) ?? "", session: number(3), floor: number(4), seenAt: rows.time(row, 5) ?? 0,
      batches: number(6),
      counts: AuditReport.Counts(
        received: number(7), unique: number(8), duplicate: number(9), dead: number(10)))
  }
}
