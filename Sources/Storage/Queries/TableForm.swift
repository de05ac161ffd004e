internal import PostgresClient
internal import Synchronization

/// The form of the table `events` for queries that do not read it themselves. It changes only while no server runs, so
/// it is read again only now and then, for a database that another one has replaced.
final class TableForm: Sendable {
  private struct Reading {
    let table: EventTable
    let time: ContinuousClock.Instant
  }

  private static let lifetime = Duration.seconds(30)
  private let reading = Mutex<Reading?>(nil)

  /// Returns the form, as of at most 30 s ago.
  func table(over connection: PostgresConnection) throws(PostgresError) -> EventTable {
    let now = ContinuousClock.now
    if let known = reading.withLock({ $0 }), now - known.time < Self.lifetime { return known.table }
    let table = try connection.query(EventTable.query)
    reading.withLock { $0 = Reading(table: table, time: now) }
    return table
  }
}
