internal import Ingest
internal import WireProtocol

/// The statements of a group's transaction, in the order and with the locks that the delivery rules ask for
/// (`docs/decisions/`): producers, batches, events, counters, sorted within each.
enum GroupStatements {
  /// Batches that one group id can number: `batch_id` is the group's id times this, plus the place.
  static let batchesInGroup = 65_536

  /// BEGIN and the lock on the producers.
  ///
  /// The lock keeps the floor where it is until COMMIT. It also makes the COMMIT of a transaction that only
  /// quotes the ledger wait for the disk and for synchronous standbys.
  static func begin(_ members: [GroupMember], isolation: IsolationLevel) -> String {
    """
    \(isolation.begin);
    \(PreparedStatements.lockProducers(Set(members.map(\.batch.key.producer))))
    """
  }

  /// The start of a COPY into `table`. Its columns are in the order of `CopyEncoder`.
  static func copy(into table: String) -> String {
    "COPY \(table) (batch_id, event_id, topic, ts, source, payload) FROM STDIN (FORMAT binary)"
  }

  /// The whole beginning of a staged transaction up to the COPY, and the INSERT behind it, which runs when
  /// the COPY ends. One round trip, so it holds literals: all are numbers or UUIDs.
  static func stagedOpening(
    _ members: [GroupMember], isolation: IsolationLevel, staging: inout StagingTable
  ) -> String {
    """
    \(begin(members, isolation: isolation));
    \(PreparedStatements.claim(members, unique: members.map { _ in 0 }));
    \(staging.clear(for: members.reduce(0) { $0 + $1.livingCount }));
    \(copy(into: StagingTable.name));
    \(StagingTable.insert); \(SpanStatement.question)
    """
  }

  /// A transaction that stages rows and inserts them, to see whether the database takes them, and undoes it.
  static func trial(rows: Int, staging: inout StagingTable) -> String {
    """
    BEGIN; \(staging.clear(for: rows)); \(copy(into: StagingTable.name)); \(StagingTable.insert); ROLLBACK
    """
  }

  /// The ledger rows of batches that others had claimed. A statement of its own, after the claim: the
  /// claim's snapshot is too old to see a row that it waited for.
  static func lookup(_ batches: [IngestBatch]) -> PostgresStatement {
    PostgresStatement(
      """
      SELECT b.producer, b.sequence, b.digest, b.unique_, b.duplicate, b.dead
      FROM unnest($1::uuid[], $2::bigint[]) AS u(producer, sequence)
      JOIN batches b ON b.producer = u.producer AND b.sequence = u.sequence
      """, [.uuids(batches.map(\.key.producer)), .bigints(batches.map(\.key.sequenceNumber))])
  }

  /// The counts of the claimed batches that stored anything; the claim wrote the rest as duplicates.
  static func ledgerCounts(_ counts: [(batch: IngestBatch, unique: Int32)]) -> PostgresStatement {
    PostgresStatement(
      """
      UPDATE batches b SET unique_ = u.n, duplicate = b.received - b.dead - u.n
      FROM unnest($1::uuid[], $2::bigint[], $3::int[]) AS u(producer, sequence, n)
      WHERE b.producer = u.producer AND b.sequence = u.sequence
      """,
      [
        .uuids(counts.map(\.batch.key.producer)), .bigints(counts.map(\.batch.key.sequenceNumber)),
        .ints(counts.map(\.unique)),
      ])
  }

  /// Ends backends of this program that hold a transaction open while nobody feeds them, such as one whose
  /// server vanished inside COPY: no timeout of Postgres 15 does.
  static let endOrphans = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name = 'sluice'
      AND pid <> pg_backend_pid()
      AND backend_xid IS NOT NULL AND wait_event = 'ClientRead'
      AND state_change < clock_timestamp() - interval '5 s'
    """
}

extension BatchKey {
  /// The sequence as the ledger holds it. Sequences beyond 63 bits all become the last one, where the
  /// digest tells them apart: their producer hears that the number is used.
  var sequenceNumber: Int64 { Int64(clamping: sequence) }
}

/// The isolation of a group's transaction.
public enum IsolationLevel: String, Hashable, Sendable, CaseIterable {
  /// Enough, because unique indexes decide.
  case readCommitted = "read committed"
  /// For those who want it; conflicting groups run again.
  case serializable

  var begin: String { "BEGIN ISOLATION LEVEL \(rawValue)" }
}
