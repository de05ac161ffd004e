internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Deletions from `events` on Citus, which runs no trigger and takes no DELETE within another statement. Each runs in the
/// transaction of the caller and raises the purge generation itself.
///
/// Every DELETE goes to all shards. Citus would commit a DELETE that goes to one shard without PREPARE, so that a crash
/// could delete events that `counters` still counts.
struct DistributedDeletion {
  let connection: PostgresConnection

  /// Deletes the events with these keys that `filter` selects, and corrects the index of spans as
  /// `PurgeStatements.deletion` does.
  func delete(
    _ keys: [EventReference], _ filter: EventFilter, _ table: EventTable
  ) throws(PostgresError) -> PurgeStatements.Deleted {
    assert(connection.isInTransaction, "the caller counts the events in the same transaction")
    var conditions = EventConditions(filter)
    let ids = conditions.place(.texts(utf8: keys.map(\.eventID)))
    let topics = conditions.place(.texts(utf8: keys.map(\.topic)))
    let rows = try connection.query(
      PostgresStatement(
        """
        DELETE FROM events USING unnest(\(ids)::text[], \(topics)::text[]) AS k(id, name)
        WHERE events.event_id = k.id AND events.topic = k.name AND \(conditions.sql)
        RETURNING events.topic, events.batch_id / \(GroupStatements.batchesInGroup), events.ts, events.processed_at
        """, conditions.parameters))
    guard rows.rowCount > 0 else { return PurgeStatements.Deleted(events: 0, times: nil) }
    try raisePurge()
    if table.index == .spans { try correctSpans(of: rows) }
    let times = (0..<rows.rowCount).compactMap { rows.time($0, 3) }
    return PurgeStatements.Deleted(
      events: Int64(rows.rowCount), times: times.min().map { $0...(times.max() ?? $0) })
  }

  /// Deletes all events that were stored at these times, in microseconds since 1970.
  /// - Returns: Number of deleted events.
  func delete(storedIn times: Range<Int64>) throws(PostgresError) -> Int {
    assert(connection.isInTransaction, "the caller counts the events in the same transaction")
    let deleted = try connection.query(
      "DELETE FROM events WHERE processed_at >= $1 AND processed_at < $2",
      [EventConditions.bound(times.lowerBound), EventConditions.bound(times.upperBound)]
    ).affectedRows
    if deleted > 0 { try raisePurge() }
    return deleted
  }

  private func raisePurge() throws(PostgresError) {
    try connection.execute("UPDATE store SET purge = purge + 1")
  }

  /// Adds a span with a negative number for each topic and group of the deleted events.
  private func correctSpans(of rows: PostgresResult) throws(PostgresError) {
    let all = 0..<rows.rowCount
    _ = try connection.query(
      """
      INSERT INTO topic_spans (topic, group_id, n, min_ts, max_ts, processed_at)
      SELECT t.name, gone.group_id, -count(*), min(gone.ts), max(gone.ts), max(gone.processed_at)
      FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::timestamptz[])
          AS gone(topic, group_id, ts, processed_at),
        unnest(ARRAY[gone.topic, '']) AS t(name)
      GROUP BY t.name, gone.group_id
      """,
      [
        .texts(utf8: all.map { rows.bytes($0, 0) ?? [] }), .bigints(all.map { rows.integer($0, 1) ?? 0 }),
        .times(all.map { rows.time($0, 2) ?? 0 }), .times(all.map { rows.time($0, 3) ?? 0 }),
      ])
  }
}
