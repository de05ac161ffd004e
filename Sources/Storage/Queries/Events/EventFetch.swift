internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Reads the events that a search found, with their payloads and in the order found, until a page is full.
struct EventFetch: Sendable {
  /// Most payload bytes of a page. The first event is read whatever its size.
  let pageBytes: Int

  /// Adds up the lengths in the database, so that no more payloads are sent than a page holds.
  private static func sql(_ table: EventTable) -> String {
    let keys = "unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(event_id, topic, n)"
    return """
      SELECT topic, event_id, ts, source, payload::text, processed_at
      FROM (SELECT e.*, k.n, coalesce(sum(octet_length(e.payload::text)) OVER (
          ORDER BY k.n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0) AS bytes
        FROM \(table.events(of: keys, id: "k.event_id", topic: "k.topic", among: "$1::text[]"))) AS page
      WHERE bytes <= $3 OR n = 1
      ORDER BY n
      """
  }

  /// Returns the query that reads the events of `references`, or as many from the beginning as fit the page.
  func query(
    _ references: some Collection<EventReference>, from table: EventTable
  ) -> PostgresQuery<[StoredEvent]> {
    let statement = PostgresStatement(
      Self.sql(table),
      [
        .texts(utf8: references.map(\.eventID)), .texts(utf8: references.map(\.topic)),
        .bigint(Int64(pageBytes)),
      ])
    return PostgresQuery(statement) { $0.storedEvents }
  }

  /// Returns the event with the key `key`.
  func event(
    _ key: EventKey, from table: EventTable, over connection: PostgresConnection
  ) throws(PostgresError) -> StoredEvent? {
    let reference = EventReference(
      time: 0, eventID: Array(key.eventID.utf8), topic: Array(key.topic.utf8))
    return try connection.query(query([reference], from: table)).first
  }
}

extension PostgresResult {
  /// Events of rows that begin with topic, event_id, ts, source, payload as text, processed_at.
  var storedEvents: [StoredEvent] {
    (0..<rowCount).map { row in
      StoredEvent(
        topic: string(row, 0) ?? "", eventID: string(row, 1) ?? "", timestamp: time(row, 2) ?? 0,
        source: string(row, 3) ?? "", payload: bytes(row, 4), processedAt: time(row, 5) ?? 0)
    }
  }
}
