internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Tells the events that a batch stored from those that were stored before it.
enum StoredPositions {
  private static let sql = """
    SELECT k.n
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(event_id, topic, n)
    JOIN events AS e ON e.event_id = k.event_id AND e.topic = k.topic
    WHERE e.batch_id = (SELECT batch_id FROM batches WHERE producer = $3 AND sequence = $4)
    """

  /// Returns the query for the positions in `keys` of the events that `batch` stored. Keys with U+0000, which no stored
  /// text holds and which Postgres would refuse, are not asked for.
  static func query(_ keys: [EventKey], _ batch: BatchKey) -> PostgresQuery<Set<Int>> {
    let asked = keys.indices.filter { !keys[$0].topic.utf8.contains(0) && !keys[$0].eventID.utf8.contains(0) }
    let statement = PostgresStatement(
      sql,
      [
        .texts(utf8: asked.map { Array(keys[$0].eventID.utf8) }),
        .texts(utf8: asked.map { Array(keys[$0].topic.utf8) }), .uuid(batch.producer),
        .bigint(Int64(clamping: batch.sequence)),
      ])
    return PostgresQuery(statement) { result in
      Set((0..<result.rowCount).compactMap { row in result.integer(row, 0).map { asked[Int($0) - 1] } })
    }
  }
}
