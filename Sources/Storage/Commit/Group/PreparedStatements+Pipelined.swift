internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// The statements of a group that is committed in one round trip. Their values are parameters in binary form.
/// Statements that check a condition fail with `broken` if it is false.
extension PreparedStatements {
  /// The error of a statement whose condition is false: a division by zero.
  static let broken: SQLState = "22012"

  /// Prepares these statements; `definitions` prepares the others.
  static func pipelinedDefinitions(_ identity: StoreIdentity) -> String {
    """
    PREPARE claim_all_batches(\(ClaimColumns.types), bigint) AS
      WITH claimed AS (\(claim) RETURNING 1)
      SELECT 1 / (CASE WHEN (SELECT count(*) FROM claimed) = cardinality($1)
        AND purge = coalesce($9, purge) AND \(identity.storeCondition) THEN 1 ELSE 0 END), purge FROM store;
    PREPARE insert_events(int[], text[], text[], timestamptz[], text[], text[]) AS
      INSERT INTO events (batch_id, event_id, topic, ts, source, payload)
      SELECT (SELECT currval('group_ids')) * \(GroupStatements.batchesInGroup) + u.n, u.event_id, u.topic, u.ts,
        u.source, u.payload::\(identity.payloadType.rawValue)
      FROM unnest($1, $2, $3, $4, $5, $6) AS u(n, event_id, topic, ts, source, payload)
    """
  }

  /// Locks the rows of the producers, sorted by producer, and reads their floors and sessions.
  static func lockProducers(of members: [GroupMember]) -> PostgresQuery<ProducerState> {
    let producers = Set(members.map(\.batch.key.producer))
    return PostgresQuery(PostgresStatement(prepared: "lock_producers", [.uuids(producers)])) {
      ProducerState(rows: $0)
    }
  }

  /// Claims `members` in the ledger, with `unique` as the number of events that each will store, and fails
  /// unless all are claimed. The value is the purge generation that the statement saw.
  /// - Parameter purge: The purge generation that the statement must see; nil when any is acceptable.
  static func claimAll(
    _ members: [GroupMember], unique: [Int32], purge: Int64?
  ) -> PostgresQuery<Int64?> {
    let statement = PostgresStatement(
      prepared: "claim_all_batches",
      ClaimColumns(members, unique: unique).parameters + [purge.map { .bigint($0) } ?? .null])
    return PostgresQuery(statement) { $0.rowCount > 0 ? $0.integer(0, 1) : nil }
  }

  /// Inserts the rows of the batches that were claimed last on the connection.
  static func insert(_ rows: EventArrays) -> PostgresStatement {
    PostgresStatement(prepared: "insert_events", rows.parameters)
  }
}
