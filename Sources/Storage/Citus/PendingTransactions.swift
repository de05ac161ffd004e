internal import PostgresClient

/// The snapshots of the live tail on Citus.
///
/// Citus commits on the coordinator first and then on the workers. In between, and after the crash of a worker, a
/// snapshot of the coordinator shows a batch whose events are not visible yet. The transaction stands in
/// `pg_dist_transaction` until the recovery of Citus has seen that every worker has committed. So such transactions
/// count as running.
enum PendingTransactions {
  /// Reads the present position: snapshot, time, and the pending transactions. One statement, so that all of it is of one
  /// snapshot.
  static let position = PostgresQuery(
    PostgresStatement(
      """
      SELECT pg_current_snapshot()::text, now(),
        (SELECT array_to_string(array_agg(DISTINCT xmin::text), ',') FROM pg_dist_transaction)
      """)
  ) { rows in
    let pending = (rows.string(0, 2) ?? "").split(separator: ",").compactMap { UInt32($0) }
    return (snapshot: adding(pending, to: rows.string(0, 0) ?? ""), time: rows.time(0, 1) ?? 0)
  }

  /// Returns the snapshot in which the transactions `pending` run, too. Pure.
  /// - Parameters:
  ///   - pending: The low halves of their numbers.
  ///   - snapshot: A snapshot that shows them, as Postgres writes it: the oldest running transaction, the end of all
  ///     transactions, and the running ones
  ///     (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT).
  static func adding(_ pending: [UInt32], to snapshot: String) -> String {
    let parts = snapshot.split(separator: ":", omittingEmptySubsequences: false)
    guard !pending.isEmpty, parts.count == 3, let first = UInt64(parts[0]), let end = UInt64(parts[1]) else {
      return snapshot
    }
    let running = parts[2].split(separator: ",").compactMap { UInt64($0) }
    let all = Set(running).union(pending.compactMap { whole($0, before: end) }).sorted()
    return "\(min(first, all.first ?? first)):\(end):\(all.map(String.init).joined(separator: ","))"
  }

  /// Returns the newest transaction number before `end` whose low half is `low`; nil when there is none.
  private static func whole(_ low: UInt32, before end: UInt64) -> UInt64? {
    let epoch = end & ~UInt64(UInt32.max)
    let number = epoch | UInt64(low)
    if number < end { return number }
    return epoch > 0 ? number - (UInt64(UInt32.max) + 1) : nil
  }
}
