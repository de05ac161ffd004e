public import Ingest

/// One round of maintenance now, for the command line. Servers do it by themselves.
public struct PostgresMaintenance: Sendable {
  private let connection: ConnectionSettings
  private let settings: MaintenanceSettings

  /// Maintenance of the database that `connection` names.
  public init(_ connection: ConnectionSettings, _ settings: MaintenanceSettings) {
    self.connection = connection
    self.settings = settings
  }

  /// Runs a round, on a thread and a connection of its own.
  /// - Returns: What was done; nil when a server is doing it at this moment.
  /// - Throws: `QueryError` when the database can not answer.
  public func run() async throws(QueryError) -> MaintenanceCounts? {
    let result: Result<MaintenanceCounts?, QueryError> = await WorkerThread.run(
      named: "sluice-maintain"
    ) {
      do throws(PostgresError) {
        let round = MaintenanceRound(
          connection: try PostgresConnection(connection), settings: settings, stop: StopSignal())
        guard try round.begin() else { return .success(nil) }
        try round.run()
        return .success(round.counts)
      } catch {
        return .failure(QueryError(error))
      }
    }
    return try result.get()
  }
}
