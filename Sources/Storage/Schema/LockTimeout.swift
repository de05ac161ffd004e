internal import PostgresClient

/// Bounds of the wait of a schema change for tables that others use.
struct LockTimeout: Sendable {
  /// Longest wait for a lock in one attempt. All writers of all servers queue up after the attempt meanwhile.
  var attempt: Duration = .milliseconds(300)
  /// Pause between two attempts, in which the writers work.
  var pause: Duration = .milliseconds(700)
  /// Interval between two log lines that tell who holds the tables.
  var interval: Duration = .seconds(10)
  /// Time after which the change is given up, with an error that names who holds the tables.
  var limit: Duration = .seconds(600)
}

/// Finds who uses the tables of the schema in open transactions.
struct LockHolders {
  let connection: PostgresConnection

  /// Returns one line with up to three processes, the oldest transaction first. If the role may not see the
  /// activity of others, the line has only their process ids.
  func text() throws(PostgresError) -> String {
    let rows = try connection.query(
      """
      SELECT format('process %s', pid) || coalesce(format(' of %s (%s), %s s in a transaction', usename,
          nullif(application_name, ''), extract(epoch FROM now() - xact_start)::int), '')
      FROM (SELECT DISTINCT l.pid, a.usename, a.application_name, a.xact_start
        FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
        WHERE l.granted AND l.pid <> pg_backend_pid() AND l.relation IN (
          SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace($1))) AS holders
      ORDER BY xact_start NULLS LAST LIMIT 3
      """, [.text(try connection.quoted(identifier: connection.settings.schema))])
    let holders = (0..<rows.rowCount).compactMap { rows.string($0, 0) }
    return holders.isEmpty ? "nobody any more" : holders.joined(separator: ", ")
  }
}
