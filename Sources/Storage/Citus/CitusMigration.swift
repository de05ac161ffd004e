internal import Logging
internal import PostgresClient
internal import StoreInterface

/// Distributes the table `events` over the workers of Citus, or brings it back, for `sluiced migrate --citus`. All other
/// tables stay on the coordinator.
///
/// One transaction does it, which Citus commits on all nodes or on none, so half a change never stays. The statements
/// come one by one, because Citus takes only one DDL statement on a distributed table at a time.
struct CitusMigration {
  let connection: PostgresConnection
  let logger: Logger

  /// Shards for each worker. A transaction writes to most shards, and groups are slower with more of them: 32 in all cost a
  /// factor of three.
  static let shardsOfWorker = 4
  /// Longest wait for the table. Nobody can read or write events meanwhile.
  private static let lockTimeout = 5

  /// Makes `wanted`; does nothing when it is so already.
  /// - Throws: `SchemaError.citus` with one line that says what is in the way; nothing was changed then.
  func make(_ wanted: CitusTables) throws(SchemaError) {
    let table = try translating { () throws(PostgresError) in try connection.query(EventTable.query) }
    guard table.isDistributed != (wanted == .events) else { return }
    if let servers = try translating(runningServers) {
      throw .citus(
        "servers use the database: \(servers): stop them first, because they would go on as before")
    }
    if wanted == .events {
      let cluster = try translating { () throws(PostgresError) in try CitusCluster.read(over: connection) }
      if let problem = Self.problem(of: cluster, table) { throw .citus(problem) }
      try change(Self.distribution(cluster?.workers ?? 0))
    } else {
      try change(Self.undistribution)
    }
    logger.log(
      .info, "the table events was moved", [.change: "\(wanted == .events ? "to the workers" : "back")"])
  }

  /// Returns why `events` cannot be distributed over `cluster`, and what to do; nil when it can. Pure.
  static func problem(of cluster: CitusCluster?, _ table: EventTable) -> String? {
    guard let cluster else {
      return
        "this database does not have the extension citus: run CREATE EXTENSION citus in it on the coordinator and"
        + " on each worker, and SELECT citus_add_node(HOST, PORT) on the coordinator"
    }
    if cluster.node != 0 { return workerText }
    if cluster.workers == 0 {
      return
        "the cluster has no worker: run SELECT citus_add_node(HOST, PORT) on the coordinator for each worker"
    }
    if cluster.hasEvents {
      return "Citus distributes the table events already, in a way that sluiced did not choose: run SELECT"
        + " undistribute_table('events') first"
    }
    if let tables = cluster.otherTables {
      return "Citus knows other tables of the schema, too (\(tables)), which must stay local: run SELECT"
        + " undistribute_table(TABLE) for each"
    }
    return table.index == .btree
      ? "the index btree needs all events on one server: set store.index=spans, and start the server once without Citus"
      : nil
  }

  /// The refusal of a worker.
  static let workerText =
    "the address leads to a worker of Citus, which has events and no other table: name the coordinator in database.url"

  /// Returns the servers with a sign of life, by address; nil when there are none.
  private func runningServers() throws(PostgresError) -> String? {
    let servers = try ServerSign.list(over: connection).filter(\.isAlive)
    return servers.isEmpty
      ? nil : servers.map { "\($0.description.name) \($0.description.address)" }.joined(separator: ", ")
  }

  private func change(_ statements: [String]) throws(SchemaError) {
    do throws(PostgresError) {
      try connection.transaction { () throws(PostgresError) in
        var limits = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '\(Self.lockTimeout)s'"
        if connection.serverVersion >= 17_00_00 { limits += "; SET LOCAL transaction_timeout = 0" }
        try connection.execute(limits)
        for statement in ["LOCK TABLE events IN ACCESS EXCLUSIVE MODE"] + statements {
          try connection.execute(statement)
        }
      }
    } catch {
      guard error.state == "55P03" else { throw SchemaError(error) }
      let holders = (try? LockHolders(connection: connection).text()) ?? "unknown"
      throw .citus(
        "other transactions have used the table events for \(Self.lockTimeout) s (\(holders)): end them and try again"
      )
    }
  }

  /// The statements that distribute the table. The trigger on deletions goes, because Citus runs no triggers; deletions
  /// raise the purge generation themselves. Autovacuum of the workers summarises new blocks.
  private static func distribution(_ workers: Int) -> [String] {
    precondition(workers >= 1, "a cluster without workers was refused")
    return [
      "DROP TRIGGER events_purged ON events",
      "ALTER INDEX events_batch_id SET (autosummarize = on)",
      """
      SELECT create_distributed_table('events', 'event_id', colocate_with => 'none',
        shard_count => \(workers * shardsOfWorker))
      """,
      "SELECT truncate_local_data_after_distributing_table('events')",
      "UPDATE store SET citus = '\(CitusTables.events.rawValue)', purge = purge + 1",
    ]
  }

  private static let undistribution = [
    "SELECT undistribute_table('events')",
    "ALTER INDEX events_batch_id RESET (autosummarize)",
    Migration.purgeTrigger,
    "ALTER TABLE events ENABLE ALWAYS TRIGGER events_purged",
    "UPDATE store SET citus = '\(CitusTables.off.rawValue)', purge = purge + 1",
  ]

  private func translating<Value>(_ body: () throws(PostgresError) -> Value) throws(SchemaError) -> Value {
    do {
      return try body()
    } catch {
      throw SchemaError(error)
    }
  }
}
