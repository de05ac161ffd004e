internal import Ingest
internal import WireProtocol

/// The statements that every group needs, planned once for a connection: planning them took longer than
/// running them in groups of a few hundred events. They are called with literals, since only simple queries
/// take several statements and a COPY in one round trip; all literals are numbers and UUIDs.
enum PreparedStatements {
  /// Prepares all of them. The plans must not depend on what the first groups looked like.
  static let definitions = """
    SET plan_cache_mode = force_generic_plan;
    PREPARE lock_producers(uuid[]) AS
      SELECT producer, floor, session FROM producers WHERE producer = ANY($1) ORDER BY producer FOR KEY SHARE;
    PREPARE claim_batches(\(ClaimColumns.types)) AS
      \(claim) RETURNING batch_id, (SELECT purge FROM store);
    PREPARE add_counters(int, bigint, bigint, bigint, bigint, bigint) AS
      INSERT INTO counters AS c (shard, received, unique_, duplicate, dead, conflicts)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (shard) DO UPDATE SET received = c.received + EXCLUDED.received,
        unique_ = c.unique_ + EXCLUDED.unique_, duplicate = c.duplicate + EXCLUDED.duplicate,
        dead = c.dead + EXCLUDED.dead, conflicts = c.conflicts + EXCLUDED.conflicts
    """

  /// The beginning of a statement that claims the batches of `ClaimColumns`: what it returns follows.
  static let claim = """
    INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead)
      SELECT (SELECT nextval('group_ids')) * \(GroupStatements.batchesInGroup) + u.n, u.producer, u.sequence,
        u.base, u.digest, u.received, u.unique_, u.received - u.dead - u.unique_, u.dead
      FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        AS u(n, producer, sequence, base, digest, received, unique_, dead)
      JOIN producers p ON p.producer = u.producer AND u.sequence > p.floor
      ORDER BY u.producer, u.sequence
      ON CONFLICT (producer, sequence) DO NOTHING
    """

  /// Locks the rows of `producers`, sorted, and returns their floors and sessions.
  static func lockProducers(_ producers: some Sequence<ProducerID>) -> String {
    "EXECUTE lock_producers(\(ArrayColumn.uuids(Array(producers)).literal))"
  }

  /// Claims a place in the ledger for each of `members`; `unique` says how many events each will have
  /// stored. Returns the ids of those that it claimed, and the purge generation that it saw.
  static func claim(_ members: [GroupMember], unique: [Int32]) -> String {
    "EXECUTE claim_batches(\(ClaimColumns(members, unique: unique).literals))"
  }

  /// Adds to the counters of `shard`. Last in a transaction, so that the row is locked briefly.
  static func addCounters(_ totals: GroupTotals, shard: Int) -> PostgresStatement {
    let sums = [totals.received, totals.unique, totals.duplicate, totals.dead, totals.conflicts]
    return PostgresStatement(
      prepared: "add_counters", [.int(Int32(shard))] + sums.map { .bigint(Int64($0)) })
  }
}
