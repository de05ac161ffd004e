internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// A page of dead events, newest first.
enum DeadEventList {
  /// Returns up to `limit` dead events after `place`, in the order of the primary key. Each has only the
  /// first 8 KiB of its bytes, because whole payloads would have no common bound.
  static func read(
    after place: DeadEventPlace?, limit: Int, over connection: PostgresConnection
  ) throws(PostgresError) -> [StoredDeadEvent] {
    var parameters = [PostgresParameter.bigint(Int64(limit))]
    var condition = ""
    if let place {
      parameters += [.bigint(place.batchID), .int(Int32(clamping: place.position))]
      condition = "WHERE (batch_id, position) < ($2, $3)"
    }
    let rows = try connection.query(
      """
      SELECT batch_id, position, reason, producer, sequence, at, substring(bytes FOR 8192), byte_count, detail, time_us, topic,
        event_id, source
      FROM dead_events \(condition) ORDER BY batch_id DESC, position DESC LIMIT $1
      """, parameters)
    return (0..<rows.rowCount).map { event(rows, $0) }
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
    return event
  }
}
