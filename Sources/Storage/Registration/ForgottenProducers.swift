internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// Producers that were deleted because they were not seen for long. One row keeps their sums, under an
/// identity that no producer may use. It also keeps the highest of their sessions, so that a producer that
/// comes back does not begin below the session of a connection that it still has.
enum ForgottenProducers {
  /// Identity of that row.
  static let id = ProducerID(high: 0, low: 0)
  /// Identities that no client may use: that of this row, and that of returned dead events.
  static let reserved: Set<ProducerID> = [id, DeadEventReturn.producer]
  /// Owner of that row: a single space, which no principal can be called.
  static let owner = " "

  /// Registers the producers of `batches` again, with the owner and name of their first registration and the
  /// session that they have. A row that exists, perhaps with a newer session, stays as it is.
  static func register(
    _ batches: [IngestBatch], over connection: PostgresConnection
  ) throws(PostgresError) {
    var newest: [ProducerID: IngestBatch] = [:]
    for batch in batches where (newest[batch.key.producer]?.session ?? -1) < batch.session {
      newest[batch.key.producer] = batch
    }
    // Sorted, because all transactions lock producers in this order.
    let ordered = newest.values.sorted { $0.key.producer < $1.key.producer }
    _ = try connection.query(
      """
      INSERT INTO producers (producer, owner, name, single_batch, session)
      SELECT producer, owner, name, single = 1, greatest(session, 1)
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[])
        AS u(producer, owner, name, single, session) ORDER BY producer
      ON CONFLICT (producer) DO NOTHING
      """,
      [
        .uuids(ordered.map(\.key.producer)), .texts(ordered.map(\.origin.owner.storable)),
        .texts(ordered.map(\.origin.name.storable)),
        .ints(ordered.map { $0.origin.isSingleBatch ? 1 : 0 }), .bigints(ordered.map(\.session)),
      ])
  }
}
