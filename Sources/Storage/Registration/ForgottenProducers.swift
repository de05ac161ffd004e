internal import Ingest
internal import WireProtocol

/// Producers whose rows are gone because nobody saw them for long. Their sums live on in one row, which no
/// producer may have; the highest of their sessions does, too, so that one that comes back does not begin
/// below a connection that it still has.
enum ForgottenProducers {
  /// The producer of that row.
  static let id = ProducerID(high: 0, low: 0)
  /// The owner of that row, so that no principal is its owner; a name of one is not empty, and this has a
  /// blank in front.
  static let owner = " "

  /// Registers the producers of `batches` again, as whom they registered at first, and with the session that
  /// they have: a newer one may have come meanwhile, and stays.
  static func register(
    _ batches: [IngestBatch], over connection: PostgresConnection
  ) throws(PostgresError) {
    var newest: [ProducerID: IngestBatch] = [:]
    for batch in batches where (newest[batch.key.producer]?.session ?? -1) < batch.session {
      newest[batch.key.producer] = batch
    }
    // Sorted, as everybody locks them.
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
