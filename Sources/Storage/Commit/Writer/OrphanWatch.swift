internal import Base
internal import PostgresClient

/// Finds backends whose server is gone, among backends that are in use, by repeated observation.
///
/// A backend that waits for its client between two commands is an orphan if its last command ended long ago.
/// A backend in a COPY may be fed by a living server for as long as the COPY takes. It is an orphan if it has
/// received no byte for long.
struct OrphanWatch {
  /// A backend that holds a transaction open and waits for its client.
  struct Backend: Hashable {
    /// The process id.
    let pid: Int64
    /// Time at which its command began, or ended if the backend is idle, as text of the database.
    let since: String
    /// Whether `since` is longer ago than the age in the query.
    let isOld: Bool
    /// Number of bytes that its COPY has received; nil when it runs no COPY.
    let copiedBytes: Int64?
  }

  private struct Copy {
    let since: String
    let bytes: Int64
    let seenAt: ContinuousClock.Instant
  }

  private var copies: [Int64: Copy] = [:]

  /// Reads the backends of this program that hold a transaction open and wait for their client: the time of
  /// the last state change, whether that time is more than `age` ago, and the number of bytes their COPY has
  /// received (NULL without a COPY).
  static func waitingBackends(age: Duration) -> PostgresQuery<[Backend]> {
    let statement = PostgresStatement(
      """
      SELECT a.pid, a.state_change::text, a.state_change < clock_timestamp() - $1::bigint * interval '1 ms',
        c.bytes_processed
      FROM pg_stat_activity a LEFT JOIN pg_stat_progress_copy c ON c.pid = a.pid
      WHERE a.datname = current_database() AND a.usename = current_user AND a.application_name = 'sluice'
        AND a.pid <> pg_backend_pid() AND a.backend_xid IS NOT NULL AND a.wait_event = 'ClientRead'
      """, [.bigint(age.wholeMilliseconds)])
    return PostgresQuery(statement) { rows in
      (0..<rows.rowCount).compactMap { row in
        guard let pid = rows.integer(row, 0), let since = rows.string(row, 1) else { return nil }
        return Backend(pid: pid, since: since, isOld: rows.isTrue(row, 2), copiedBytes: rows.integer(row, 3))
      }
    }
  }

  /// Terminates the backend, if its last state change is still the one that was seen.
  static func end(_ orphan: Backend) -> PostgresStatement {
    PostgresStatement(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND state_change::text = $2",
      [.int(Int32(clamping: orphan.pid)), .text(orphan.since)])
  }

  /// Returns the orphans among the backends that were seen at `now`.
  /// - Parameter age: Time without a received byte after which a COPY is an orphan.
  mutating func orphans(
    among seen: [Backend], age: Duration, at now: ContinuousClock.Instant
  ) -> [Backend] {
    precondition(age >= .zero, "an age")
    let known = copies
    copies = [:]
    return seen.filter { backend in
      guard let bytes = backend.copiedBytes else { return backend.isOld }
      if let copy = known[backend.pid], copy.since == backend.since, copy.bytes == bytes {
        copies[backend.pid] = copy
        return copy.seenAt.duration(to: now) >= age
      }
      copies[backend.pid] = Copy(since: backend.since, bytes: bytes, seenAt: now)
      return false
    }
  }
}
