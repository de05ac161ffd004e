internal import Base
internal import PostgresClient
internal import WireProtocol

/// Notes in the database that producers are connected. A connected producer counts as seen, so it is not
/// forgotten however long it sends nothing.
struct ConnectedProducers {
  let connection: PostgresConnection

  /// Most producers that one statement notes.
  static let pageRows = 1_000

  /// Sets `seen_at` of those `producers` that were not seen for `age`. A producer whose row is locked is
  /// skipped until the next call.
  func note(_ producers: Set<ProducerID>, unseenFor age: Duration) throws(PostgresError) {
    var rest = producers.sorted()[...]
    while !rest.isEmpty {
      let page = Array(rest.prefix(Self.pageRows))
      assert(!page.isEmpty, "every page notes a producer")
      rest = rest.dropFirst(page.count)
      _ = try connection.query(
        """
        WITH unseen AS (
          SELECT producer FROM producers
          WHERE producer = ANY($1::uuid[]) AND seen_at < now() - $2::bigint * interval '1 ms'
          ORDER BY producer FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE producers p SET seen_at = now() FROM unseen u WHERE p.producer = u.producer
        """, [.uuids(page), .bigint(age.wholeMilliseconds)])
    }
  }
}
