internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// The statements that every group needs, planned once for each connection, because planning took longer than
/// running them in groups of a few hundred events. They are called with literals, because only the simple
/// query protocol takes several statements and a COPY in one round trip. All literals are numbers and UUIDs.
enum PreparedStatements {
  /// Prepares all statements, with generic plans, so that the plans do not depend on the first groups. The
  /// claim reads no purge generation when the database has another identity.
  static func definitions(_ identity: StoreIdentity) -> String {
    """
    \(identity.isDistributed ? distributedPlanning : "SET plan_cache_mode = force_generic_plan");
    PREPARE lock_producers(uuid[]) AS
      SELECT producer, floor, session FROM producers WHERE producer = ANY($1) ORDER BY producer FOR KEY SHARE;
    PREPARE claim_batches(\(ClaimColumns.types)) AS
      \(claim) RETURNING batch_id, (SELECT purge FROM store WHERE \(identity.storeCondition));
    PREPARE add_counters(int, bigint, bigint, bigint, bigint, bigint) AS
      INSERT INTO counters AS c (shard, received, unique_, duplicate, dead, conflicts)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (shard) DO UPDATE SET received = c.received + EXCLUDED.received,
        unique_ = c.unique_ + EXCLUDED.unique_, duplicate = c.duplicate + EXCLUDED.duplicate,
        dead = c.dead + EXCLUDED.dead, conflicts = c.conflicts + EXCLUDED.conflicts
      RETURNING received, unique_, duplicate, dead, conflicts
    """
  }

  /// Planning on Citus, which cannot plan a statement on `events` without its values. One connection to each worker is
  /// enough for a group, and each connection that writes prepares its own part of the COMMIT.
  private static let distributedPlanning =
    "SET plan_cache_mode = auto; SET citus.max_adaptive_executor_pool_size = 1"

  /// The beginning of a statement that claims the batches of `ClaimColumns`. Its RETURNING clause follows.
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

  /// Locks the rows of the members' producers, sorted by producer, and reads their floors and sessions. For a
  /// script.
  ///
  /// The lock keeps the floors unchanged until COMMIT. The lock also makes the COMMIT of a transaction that
  /// only reads the ledger wait for the disk and for synchronous standbys.
  static func lockProducersInScript(of members: [GroupMember]) -> PostgresQuery<ProducerState> {
    let producers = ArrayColumn.uuids(Array(Set(members.map(\.batch.key.producer))))
    return PostgresQuery(PostgresStatement("EXECUTE lock_producers(\(producers.literal))")) {
      ProducerState(rows: $0)
    }
  }

  /// Claims `members` in the ledger, with `unique` as the number of events that each will store. For a script.
  static func claim(_ members: [GroupMember], unique: [Int32]) -> PostgresQuery<Claim> {
    let columns = ClaimColumns(members, unique: unique)
    return PostgresQuery(PostgresStatement("EXECUTE claim_batches(\(columns.literals))")) { Claim($0) }
  }

  /// Adds to the counters of `shard`, and returns the row as the transaction leaves it. Runs last in a transaction, so
  /// that the row is locked briefly.
  static func addCounters(_ totals: GroupTotals, shard: Int) -> PostgresQuery<StoreTotals?> {
    precondition(
      totals.received == totals.unique + totals.duplicate + totals.dead, "the counters keep the balance")
    let sums = [totals.received, totals.unique, totals.duplicate, totals.dead, totals.conflicts]
    let statement = PostgresStatement(
      prepared: "add_counters", [.int(Int32(shard))] + sums.map { .bigint(Int64($0)) })
    return PostgresQuery(statement) { $0.rowCount > 0 ? $0.totals(0, from: 0) : nil }
  }
}
