internal import Base
internal import PostgresClient
internal import WireProtocol

/// Deletes ledger rows that no answer needs any more, and raises the floors of their producers.
///
/// A row may be deleted when it is older than `keep` and its sequence is below a base that its producer
/// declared in a row just as old. Age alone is not enough. A base that was declared recently is not enough
/// either, because a batch below it may still be entering a transaction.
struct LedgerPruning {
  let connection: PostgresConnection
  let keep: Duration

  /// Rows that one statement reads; a transaction deletes about as many.
  static let pageRows = 5_000

  /// Reads the next page in the order of transactions, and notes the bases that old rows declare.
  /// - Returns: Whether the walk is at its end, because the following rows are young.
  func readPage(_ walk: inout LedgerWalk) throws(PostgresError) -> Bool {
    let rows = try connection.query(
      """
      SELECT xid, batch_id, producer, base, committed_at >= now() - $1::bigint * interval '1 ms'
      FROM batches WHERE (xid, batch_id) > ($2, $3)
      ORDER BY xid, batch_id LIMIT \(Self.pageRows)
      """,
      [.bigint(keep.wholeMilliseconds), .literal("\(walk.place.xid)"), .bigint(walk.place.batchID)])
    var isYoung = false
    for row in 0..<rows.rowCount {
      guard let xid = rows.integer(row, 0), let batchID = rows.integer(row, 1),
        let producer = rows.producer(row, 2), let base = rows.integer(row, 3)
      else { continue }
      // Transactions do not end in the order in which they begin, so old rows may follow a young one.
      isYoung = isYoung || rows.isTrue(row, 4)
      if !isYoung { walk.place = (UInt64(bitPattern: xid), batchID) }
      if !rows.isTrue(row, 4) { walk.declared[producer] = max(walk.declared[producer] ?? 0, base) }
    }
    return isYoung || rows.rowCount < Self.pageRows
  }

  /// Prunes the producers that the walk noted: first all whose rows nobody has locked, then the others one by
  /// one. A producer whose lock cannot be had keeps its note for the next round, and so do all that are left
  /// after an error.
  /// - Returns: Number of deleted rows.
  func prune(_ walk: inout LedgerWalk) throws(PostgresError) -> Int {
    let noted = walk.declared.filter { $0.value > 1 }
    // A note is removed only when its producer was pruned, because the walk never reads the producer's rows
    // again.
    walk.declared = noted
    guard !noted.isEmpty else { return 0 }
    let outcome = try prune(noted, locking: "FOR UPDATE SKIP LOCKED")
    walk.declared = noted.filter { !outcome.locked.contains($0.key) }
    var deleted = outcome.deleted
    assert(walk.declared.count + outcome.locked.count == noted.count, "each note is pruned or kept")
    for (producer, base) in walk.declared {
      do throws(PostgresError) {
        deleted += try prune([producer: base], locking: "FOR UPDATE").deleted
        walk.declared[producer] = nil
      } catch {
        guard !error.isConnectionLost else { throw error }
        if walk.declared.count > LedgerWalk.largestNote { walk.declared[producer] = nil }
      }
    }
    return deleted
  }

  /// Prunes the producers of `declared` whose lock it gets. The lock is FOR UPDATE, because that waits for
  /// claims in flight, which a plain UPDATE would not. The lock comes first, so that the next statement sees
  /// the rows that those claims committed.
  private func prune(
    _ declared: [ProducerID: Int64], locking: String
  ) throws(PostgresError) -> (deleted: Int, locked: Set<ProducerID>) {
    try connection.transaction { () throws(PostgresError) in
      let rows = try connection.query(
        "SELECT producer FROM producers WHERE producer = ANY($1::uuid[]) ORDER BY producer \(locking)",
        [.uuids(declared.keys)])
      let locked = (0..<rows.rowCount).compactMap { rows.producer($0, 0) }
      guard !locked.isEmpty else { return (0, []) }
      assert(locked.allSatisfy { declared[$0] != nil }, "only producers with a note are pruned")
      let pruned = try connection.query(
        Self.prune,
        [.uuids(locked), .bigints(locked.map { declared[$0] ?? 0 }), .bigint(keep.wholeMilliseconds)])
      return (Int(pruned.integer(0, 0) ?? 0), Set(locked))
    }
  }

  /// If no young row is in between, its bound is NULL, which `least` ignores.
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

/// Progress of reading the ledger in the order of transactions. A row that was old when it was read need not
/// be read again: only a younger row of its producer can keep it from being pruned, and that row is read
/// later. A row that was committed at a place the walk has passed, hours after its transaction began, is
/// pruned together with a later row of its producer.
struct LedgerWalk {
  /// Most producers whose notes are kept when their lock cannot be had; beyond it such a note is dropped.
  static let largestNote = 10_000

  /// Last row that was old.
  var place: (xid: UInt64, batchID: Int64) = (0, .min)
  /// Highest base that old rows of each producer declared, for producers that are not pruned yet.
  var declared: [ProducerID: Int64] = [:]
}
