internal import Base
public import Ingest
public import PostgresClient
public import StoreInterface

/// One round of maintenance for the command line. Servers run rounds by themselves.
public struct PostgresMaintenance: Sendable {
  private let connection: ConnectionSettings
  private let settings: MaintenanceSettings

  /// Creates maintenance for the database that `connection` names.
  public init(_ connection: ConnectionSettings, _ settings: MaintenanceSettings) {
    self.connection = connection
    self.settings = settings
  }

  /// Runs a round, on a thread and a connection of its own.
  /// - Returns: Counts of what was done; nil when a server is running a round at this moment.
  /// - Throws: `QueryError` when the database cannot answer.
  public func run() async throws(QueryError) -> MaintenanceCounts? {
    let result: Result<MaintenanceCounts?, QueryError> = await WorkerThread.run(
      named: "sluice-maintain"
    ) {
      do throws(PostgresError) {
        let freed = FreedRanges()
        let round = MaintenanceRound(
          connection: try PostgresConnection(connection), settings: settings, freed: freed, stop: StopSignal()
        )
        guard try round.begin() else { return .success(nil) }
        do throws(PostgresError) {
          try round.run()
        } catch {
          // The lease ends by itself if the database does not answer.
          try? round.end()
          throw error
        }
        try round.end()
        try vacuum(freed)
        return .success(round.counts)
      } catch {
        return .failure(QueryError(error))
      }
    }
    return try result.get()
  }

  /// Vacuums the tables with deleted rows and summarises the freed ranges again, if the role has the right.
  /// There is no statement timeout, because a vacuum cannot be resumed.
  private func vacuum(_ freed: FreedRanges) throws(PostgresError) {
    let tables = AgedTable.names.filter { freed.hasRanges(of: $0) }
    guard !tables.isEmpty else { return }
    let link = try PostgresConnection(connection.withoutStatementTimeout)
    do throws(PostgresError) {
      try link.execute(TableVacuum.costs)
      for table in tables { _ = try TableVacuum(connection: link, table: table).run(freed) }
    } catch {
      // Autovacuum holds the lock (55P03), or the role does not own the tables (42501). Autovacuum vacuums
      // them in both cases.
      guard error.state == "42501" || error.state == "55P03" else { throw error }
    }
  }
}
