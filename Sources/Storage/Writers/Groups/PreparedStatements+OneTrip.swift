internal import Ingest
internal import WireProtocol

/// The statements of a group that is committed in one round trip. Their values are parameters in binary form;
/// those who demand something fail with `broken` where it is not so.
extension PreparedStatements {
  /// The error of a statement that demands what is not so: a division by zero.
  static let broken: SQLState = "22012"

  /// Prepares them, beside `definitions`.
  static func oneTripDefinitions(payload: PayloadType) -> String {
    """
    PREPARE claim_all_batches(\(ClaimColumns.types), bigint) AS
      WITH claimed AS (\(claim) RETURNING 1)
      SELECT 1 / (CASE WHEN (SELECT count(*) FROM claimed) = cardinality($1)
        AND purge = coalesce($9, purge) THEN 1 ELSE 0 END), purge FROM store;
    PREPARE insert_events(int[], text[], text[], timestamptz[], text[], text[]) AS
      INSERT INTO events (batch_id, event_id, topic, ts, source, payload)
      SELECT (SELECT currval('group_ids')) * \(GroupStatements.batchesInGroup) + u.n, u.event_id, u.topic, u.ts,
        u.source, u.payload::\(payload.rawValue)
      FROM unnest($1, $2, $3, $4, $5, $6) AS u(n, event_id, topic, ts, source, payload)
    """
  }

  /// Locks the rows of the producers, sorted, and returns their floors and sessions.
  static func lockProducers(of members: [GroupMember]) -> PostgresStatement {
    PostgresStatement(prepared: "lock_producers", [.uuids(Set(members.map(\.batch.key.producer)))])
  }

  /// Claims a place in the ledger for each of `members`, of which `unique` events each will be stored, and
  /// demands that it gets all of them. Returns 1 and the purge generation that it saw.
  /// - Parameter purge: the one that it must see; nil when any will do.
  static func claimAll(_ members: [GroupMember], unique: [Int32], purge: Int64?) -> PostgresStatement {
    PostgresStatement(
      prepared: "claim_all_batches",
      ClaimColumns(members, unique: unique).parameters + [purge.map { .bigint($0) } ?? .null])
  }

  /// Stores the rows of batches that were claimed last.
  static func insert(_ rows: EventArrays) -> PostgresStatement {
    PostgresStatement(prepared: "insert_events", rows.parameters)
  }
}
