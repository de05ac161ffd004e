internal import Ingest

/// Reads found events, with their payloads, in the order in which they were found, until a page is full.
struct EventFetch: Sendable {
  /// Payload bytes that a page may hold; its first event is read however large it is.
  let pageBytes: Int

  /// The lengths are added up where the payloads are, so that no more of them than a page holds ever travel.
  private static let sql = """
    SELECT topic, event_id, ts, source, payload::text, processed_at
    FROM (SELECT e.*, k.n, coalesce(sum(octet_length(e.payload::text)) OVER (
        ORDER BY k.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0) AS bytes
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(event_id, topic, n)
      CROSS JOIN LATERAL (
        SELECT * FROM events WHERE event_id = k.event_id AND topic = k.topic OFFSET 0) AS e) AS page
    WHERE bytes <= $3 OR n = 1
    ORDER BY n
    """

  /// Reads the events of `references`, or those at its beginning that fit the page.
  func statement(_ references: some Collection<EventReference>) -> PostgresStatement {
    PostgresStatement(
      Self.sql,
      [
        .texts(utf8: references.map(\.eventID)), .texts(utf8: references.map(\.topic)),
        .bigint(Int64(pageBytes)),
      ])
  }

  /// The event with the key `key`.
  func event(
    _ key: EventKey, over connection: PostgresConnection
  ) throws(PostgresError) -> StoredEvent? {
    let reference = EventReference(
      time: 0, eventID: Array(key.eventID.utf8), topic: Array(key.topic.utf8))
    return try connection.query(statement([reference])).storedEvents.first
  }
}

extension PostgresResult {
  /// Rows that begin with topic, event_id, ts, source, payload as text, processed_at.
  var storedEvents: [StoredEvent] {
    (0..<rowCount).map { row in
      StoredEvent(
        topic: string(row, 0) ?? "", eventID: string(row, 1) ?? "", timestamp: time(row, 2) ?? 0,
        source: string(row, 3) ?? "", payload: bytes(row, 4), processedAt: time(row, 5) ?? 0)
    }
  }
}
