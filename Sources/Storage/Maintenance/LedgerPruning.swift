internal import WireProtocol

/// Deletes rows of the ledger that no answer needs any more, and raises their producers' floors.
///
/// A row may go when it is older than `keep` and lies below a base that its producer declared in a row which
/// is just as old. Never by age alone, and never by a base that was only just declared: a batch below it may
/// still be on its way into a transaction.
struct LedgerPruning {
  let connection: PostgresConnection
  let keep: Duration

  /// Rows that are read at a time; about as many are deleted in a transaction.
  static let pageRows = 5_000

  /// Reads on in the order of transactions, and notes the bases that old rows declare.
  /// - Returns: Whether the walk is at its end: the rows that follow are young.
  func readPage(_ walk: inout LedgerWalk) throws(PostgresError) -> Bool {
    let rows = try connection.query(
      """
      SELECT xid, batch_id, producer, base, committed_at >= now() - $1::bigint * interval '1 ms'
      FROM batches WHERE (xid, batch_id) > ($2, $3)
      ORDER BY xid, batch_id LIMIT \(Self.pageRows)
      """,
      [.bigint(keep.milliseconds), .literal("\(walk.place.xid)"), .bigint(walk.place.batchID)])
    var isYoung = false
    for row in 0..<rows.rowCount {
      guard let xid = rows.integer(row, 0), let batchID = rows.integer(row, 1),
        let producer = rows.uuid(row, 2), let base = rows.integer(row, 3)
      else { continue }
      // Transactions end in another order than they begin: old rows may stand behind a young one.
      isYoung = isYoung || rows.isTrue(row, 4)
      if !isYoung { walk.place = (UInt64(bitPattern: xid), batchID) }
      if !rows.isTrue(row, 4) { walk.declared[producer] = max(walk.declared[producer] ?? 0, base) }
    }
    return isYoung || rows.rowCount < Self.pageRows
  }

  /// Prunes the producers that the walk noted: first all that nobody uses, then the others one by one.
  /// Whoever is in use all the time keeps its note for the next round.
  /// - Returns: How many rows were deleted.
  func prune(_ walk: inout LedgerWalk) throws(PostgresError) -> Int {
    var deleted = 0
    let noted = walk.declared.filter { $0.value > 1 }
    walk.declared = [:]
    guard !noted.isEmpty else { return 0 }
    let outcome = try prune(noted, locking: "FOR UPDATE SKIP LOCKED")
    deleted += outcome.deleted
    for (producer, base) in noted where !outcome.locked.contains(producer) {
      do throws(PostgresError) {
        deleted += try prune([producer: base], locking: "FOR UPDATE").deleted
      } catch {
        guard !error.isConnectionLost else { throw error }
        if walk.declared.count < LedgerWalk.largestNote { walk.declared[producer] = base }
      }
    }
    return deleted
  }

  /// The lock is FOR UPDATE because it waits for claims in flight, which a plain UPDATE would not; it comes
  /// first, so that the next statement sees what they committed.
  private func prune(
    _ declared: [ProducerID: Int64], locking: String
  ) throws(PostgresError) -> (deleted: Int, locked: Set<ProducerID>) {
    try connection.transaction { () throws(PostgresError) in
      let rows = try connection.query(
        "SELECT producer FROM producers WHERE producer = ANY($1::uuid[]) ORDER BY producer \(locking)",
        [.uuids(declared.keys)])
      let locked = (0..<rows.rowCount).compactMap { rows.uuid($0, 0) }
      guard !locked.isEmpty else { return (0, []) }
      let pruned = try connection.query(
        Self.prune,
        [.uuids(locked), .bigints(locked.map { declared[$0] ?? 0 }), .bigint(keep.milliseconds)])
      return (Int(pruned.integer(0, 0) ?? 0), Set(locked))
    }
  }

  /// `least` ignores NULL, which is the bound where no young row is in the way.
  private static let prune = """
    WITH bound AS (
      SELECT p.producer, greatest(p.floor, least(u.base - 1,
        (SELECT min(b.sequence) - 1 FROM batches b WHERE b.producer = p.producer AND b.sequence < u.base
          AND b.committed_at >= now() - $3::bigint * interval '1 ms'))) AS floor
      FROM unnest($1::uuid[], $2::bigint[]) AS u(producer, base) JOIN producers p USING (producer)
    ), gone AS (
      DELETE FROM batches b USING bound n WHERE b.producer = n.producer AND b.sequence <= n.floor
      RETURNING b.producer, b.received, b.unique_, b.duplicate, b.dead
    ), sums AS (
      SELECT producer, count(*) AS batches, sum(received) AS received, sum(unique_) AS unique_,
        sum(duplicate) AS duplicate, sum(dead) AS dead
      FROM gone GROUP BY producer
    ), raised AS (
      UPDATE producers p SET floor = n.floor, batches = p.batches + coalesce(s.batches, 0),
        received = p.received + coalesce(s.received, 0), unique_ = p.unique_ + coalesce(s.unique_, 0),
        duplicate = p.duplicate + coalesce(s.duplicate, 0), dead = p.dead + coalesce(s.dead, 0)
      FROM bound n LEFT JOIN sums s USING (producer)
      WHERE p.producer = n.producer AND (p.floor < n.floor OR s.batches > 0)
    )
    SELECT coalesce(sum(batches), 0)::bigint FROM sums
    """
}

/// How far the ledger was read in the order of transactions. A row that is read when it is old needs no
/// second look: what keeps it from being pruned is a younger row of its producer, which is read later. A row
/// that was committed behind the walk, hours after its transaction began, goes with a later one, too.
struct LedgerWalk {
  /// Producers that it notes at most.
  static let largestNote = 10_000

  /// The last row that was old.
  var place: (xid: UInt64, batchID: Int64) = (0, .min)
  /// The highest base that old rows of each producer declared, for producers that are still to be pruned.
  var declared: [ProducerID: Int64] = [:]
}
