internal import Base
internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// The statements of a group's transaction. They lock rows in the order that the delivery rules require
/// (`docs/decisions/`): producers, batches, events, counters; the rows of each table are locked in sorted
/// order.
enum GroupStatements {
  /// Maximum number of batches of a group: `batch_id` is the group's id times this number, plus the index of
  /// the batch in the group.
  static let batchesInGroup = GroupLimits.batches

  /// The start of a COPY into `table`. The columns are in the order of `CopyEncoder`.
  static func copy(into table: String) -> PostgresStatement {
    PostgresStatement(
      "COPY \(table) (batch_id, event_id, topic, ts, source, payload) FROM STDIN (FORMAT binary)")
  }

  /// Reads the ledger rows of batches that other transactions had claimed. This statement runs after the
  /// claim, because the snapshot of the claim is too old to see a row that the claim waited for.
  static func lookup(_ batches: [IngestBatch]) -> PostgresQuery<[BatchKey: LedgerRow]> {
    let statement = PostgresStatement(
      """
      SELECT b.producer, b.sequence, b.digest, b.unique_, b.duplicate, b.dead
      FROM unnest($1::uuid[], $2::bigint[]) AS u(producer, sequence)
      JOIN batches b ON b.producer = u.producer AND b.sequence = u.sequence
      """, [.uuids(batches.map(\.key.producer)), .bigints(batches.map(\.key.sequenceNumber))])
    return PostgresQuery(statement) { LedgerRow.read($0) }
  }

  /// Writes the counts of the claimed batches that stored at least one event. The claim wrote the events of
  /// all other batches as duplicates.
  static func ledgerCounts(_ counts: [(batch: IngestBatch, unique: Int32)]) -> PostgresStatement {
    precondition(counts.allSatisfy { $0.unique > 0 }, "the claim wrote the other batches as duplicates")
    return PostgresStatement(
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
}

extension BatchKey {
  /// The sequence as the ledger stores it. Sequences above 2^63 - 1 are all stored as 2^63 - 1. The digest
  /// tells them apart, so that the producer is told that the sequence is used already.
  var sequenceNumber: Int64 { Int64(clamping: sequence) }
}

extension TransactionIsolation {
  /// The statement that begins a transaction with this isolation level.
  var begin: String {
    switch self {
    case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
    case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
    }
  }
}
