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
    PREPARE claim_all_batches(\(claimTypes), bigint) AS
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
    precondition(members.count <= GroupStatements.batchesInGroup, "more batches than a group can number")
    precondition(members.count == unique.count, "a count for each batch")
    let batches = members.map(\.batch)
    return PostgresStatement(
      prepared: "claim_all_batches",
      [
        .ints(members.indices.map { Int32($0) }), .uuids(batches.map(\.key.producer)),
        .bigints(batches.map(\.key.sequenceNumber)), .bigints(batches.map { Int64(clamping: $0.base) }),
        .bigints(batches.map { Int64(bitPattern: $0.digest) }), .ints(batches.map { Int32($0.received) }),
        .ints(unique), .ints(members.map { Int32($0.dead.count) }),
        purge.map { .bigint($0) } ?? .null,
      ])
  }

  /// Stores the rows of batches that were claimed last.
  static func insert(_ rows: EventArrays) -> PostgresStatement {
    PostgresStatement(prepared: "insert_events", rows.parameters)
  }
}
