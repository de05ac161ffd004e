/// Ledger rows with transaction numbers of another cluster, after a dump was restored into a younger cluster.
///
/// The live tail finds transactions that became visible between two snapshots. A row with a number that this
/// cluster has not assigned yet would be shown as new once the cluster assigns the number.
enum ForeignLedger {
  /// Gives such rows the number of a transaction that every snapshot sees
  /// (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT).
  ///
  /// No row of this cluster is changed, because every transaction that a snapshot shows has a number below
  /// the end of that snapshot.
  static let adopt = """
    UPDATE batches SET xid = '2' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
    """
}
