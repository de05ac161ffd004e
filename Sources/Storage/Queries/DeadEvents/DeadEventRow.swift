internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// A row of `dead_events`, read and marked by its primary key.
enum DeadEventRow {
  /// Returns the dead events at `places`, in their order, with at most 8 KiB of their bytes. One that was deleted
  /// meanwhile is left out.
  static func read(
    _ places: [DeadEventPlace], over connection: PostgresConnection
  ) throws(PostgresError) -> [StoredDeadEvent] {
    let rows = try connection.query(
      """
      SELECT \(columns(bytes: "substring(bytes FOR 8192)"))
      FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS k (batch_id, position, n)
      JOIN dead_events USING (batch_id, position) ORDER BY k.n
      """, [.bigints(places.map { $0.batchID }), .ints(places.map { Int32(clamping: $0.position) })])
    return (0..<rows.rowCount).map { event(rows, $0) }
  }

  /// Returns the dead event at `place` with all its bytes, and whether the role may mark it; nil when there is none.
  static func read(
    _ place: DeadEventPlace, over connection: PostgresConnection
  ) throws(PostgresError) -> (event: StoredDeadEvent, mayMark: Bool)? {
    let rows = try connection.query(
      """
      SELECT \(columns(bytes: "bytes")), has_table_privilege('dead_events', 'UPDATE')
      FROM dead_events WHERE batch_id = $1 AND position = $2
      """, key(place))
    return rows.rowCount == 1 ? (event(rows, 0), rows.isTrue(0, 14)) : nil
  }

  /// Marks the dead event at `place` as published again. It is not tried again by itself then.
  /// - Returns: the time of the mark; nil when there is no such event without a mark.
  static func mark(
    _ place: DeadEventPlace, over connection: PostgresConnection
  ) throws(PostgresError) -> Int64? {
    let rows = try connection.query(
      """
      UPDATE dead_events SET republished_at = now(), retry_at = NULL
      WHERE batch_id = $1 AND position = $2 AND republished_at IS NULL RETURNING republished_at
      """, key(place))
    return rows.rowCount == 1 ? rows.time(0, 0) : nil
  }

  private static func key(_ place: DeadEventPlace) -> [PostgresParameter] {
    [.bigint(place.batchID), .int(Int32(clamping: place.position))]
  }

  private static func columns(bytes: String) -> String {
    "batch_id, position, reason, producer, sequence, at, \(bytes), byte_count, detail, time_us, topic, event_id, "
      + "source, republished_at"
  }

  private static func event(_ rows: PostgresResult, _ row: Int) -> StoredDeadEvent {
    var event = StoredDeadEvent(
      place: DeadEventPlace(batchID: rows.integer(row, 0) ?? 0, position: Int(rows.integer(row, 1) ?? 0)),
      reason: rows.string(row, 2) ?? "", producer: rows.producer(row, 3) ?? ProducerID(high: 0, low: 0),
      sequence: rows.integer(row, 4) ?? 0, keptAt: rows.time(row, 5) ?? 0, bytes: rows.bytes(row, 6) ?? [],
      byteCount: Int(rows.integer(row, 7) ?? 0))
    event.detail = rows.string(row, 8)
    event.timestamp = rows.integer(row, 9)
    event.topic = rows.string(row, 10)
    event.eventID = rows.string(row, 11)
    event.source = rows.string(row, 12)
    event.republishedAt = rows.time(row, 13)
    return event
  }
}
