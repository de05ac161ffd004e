internal import Logging
internal import PostgresClient
internal import StoreInterface

/// Checks that a server can use a database with or without Citus. Runs after the migrations.
struct CitusCheck {
  let connection: PostgresConnection
  let settings: StoreSettings
  let logger: Logger

  /// - Returns: Whether Citus distributes the table `events`.
  /// - Throws: `SchemaError.citus` with one line that says what does not fit; the errors of the statements.
  func run() throws(SchemaError) -> Bool {
    let (table, cluster): (EventTable, CitusCluster?)
    do throws(PostgresError) {
      table = try connection.query(EventTable.query)
      cluster = try CitusCluster.read(over: connection)
    } catch {
      throw SchemaError(error)
    }
    if let problem = Self.problem(table, cluster, settings) { throw .citus(problem) }
    guard let cluster, cluster.recoveryInterval > CitusCluster.quickRecovery else {
      return table.isDistributed
    }
    if table.isDistributed { warn(cluster) }
    return table.isDistributed
  }

  private func warn(_ cluster: CitusCluster) {
    let text =
      "events appear in the live tail only after citus.recover_2pc_interval: set it to 1s to 3s on the coordinator, with"
      + " ALTER SYSTEM SET citus.recover_2pc_interval = '1s' and SELECT pg_reload_conf()"
    logger.log(.warning, "\(text)", [.interval: "\(cluster.recoveryInterval)"])
  }

  /// Returns what does not fit, and what to do; nil when everything fits. Pure.
  static func problem(_ table: EventTable, _ cluster: CitusCluster?, _ settings: StoreSettings) -> String? {
    if let wanted = settings.citus, (wanted == .events) != table.isDistributed {
      return table.isDistributed
        ? "Citus distributes the table events, but database.citus is off: set database.citus=events, or run sluiced"
          + " migrate --citus=off"
        : "the table events is on this server alone, but database.citus is events: run sluiced migrate --citus, or unset"
          + " database.citus"
    }
    guard table.isDistributed else {
      return cluster?.hasEvents == true
        ? "Citus distributes the table events, but sluiced did not distribute it: run SELECT"
          + " undistribute_table('events') and then sluiced migrate --citus"
        : nil
    }
    guard let cluster, cluster.hasEvents else {
      return
        "the database says that Citus distributes the table events, but Citus does not know the table: restore the"
        + " backup into a cluster of Citus with its shards"
    }
    if settings.isolation == .serializable {
      return "store.isolation is serializable, which Citus does not have between its workers: set"
        + " store.isolation=read-committed"
    }
    return cluster.recoveryInterval < 0
      ? "citus.recover_2pc_interval is off, so events of a worker that was restarted would stay invisible: set it to 1s"
        + " on the coordinator"
      : nil
  }
}
