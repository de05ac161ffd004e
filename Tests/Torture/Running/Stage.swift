import FaultProxy
import Foundation

/// All processes of a run: one database, two servers, and producers that know both servers.
struct Stage {
  let options: RunOptions
  let postgres: PostgresActor
  let servers: [ServerActor]
  /// Proxies in front of the database, one for each server.
  let databaseProxies: [FaultProxy]
  let workers: [WorkerActor]
  /// Time from which producers count their rate, in nanoseconds of the machine's monotonic clock.
  let start: Int64

  /// Starts all processes.
  init(_ options: RunOptions) throws {
    self.options = options
    postgres = try PostgresActor(
      in: options.directory, log: options.path("postgres.log"), binaries: options.postgresBinaries,
      account: options.postgresAccount, runLog: options.log)
    try postgres.start()
    var (servers, proxies): ([ServerActor], [FaultProxy]) = ([], [])
    for name in ["one", "two"] {
      let directory = options.path("to-postgres-\(name)")
      mkdir(directory, 0o700)
      let proxy = try FaultProxy(
        to: .postgres(in: postgres.socketDirectory), on: .postgres(in: directory), speaking: .postgres)
      let conninfo = "host=\(directory) user=sluice dbname=postgres"
      let server = try ServerActor(
        .init(
          program: options.sluiced, arguments: options.serverArguments,
          environment: ["SLUICE_DATABASE_URL": conninfo], log: options.path("sluiced-\(name).log"),
          name: name, runLog: options.log),
        database: { [postgres] in postgres.life })
      try server.start()
      servers.append(server)
      proxies.append(proxy)
    }
    (self.servers, databaseProxies, start) = (servers, proxies, Clock.nanoseconds)
    postgres.onMove { [databaseProxies] cluster in
      for proxy in databaseProxies { proxy.target = .postgres(in: cluster.socketDirectory) }
    }
    let ports = servers.map(\.port)
    workers = (0..<options.workers).map { [start] worker in
      options.workerActor(worker, ports: worker % 2 == 0 ? ports : ports.reversed(), start: start)
    }
    for worker in workers { worker.start() }
  }

  /// Returns the server with more (`busier`) or fewer (`idler`) connections of producers, and its proxy to
  /// the database.
  func server(_ which: PlannedFault.Server) -> (server: ServerActor, database: FaultProxy) {
    let order = servers.indices.sorted { servers[$0].ingest.openCount > servers[$1].ingest.openCount }
    let index = order[which == .busier ? 0 : order.count - 1]
    return (servers[index], databaseProxies[index])
  }

  /// Ends all faults that are under way, and cancels those that are armed.
  func calm() {
    postgres.awaitChange()
    for proxy in servers.map(\.ingest) + databaseProxies {
      proxy.disarm()
      proxy.lift()
    }
  }

  /// Ends the servers, the proxies and Postgres, after the producers have ended.
  func close() {
    for server in servers { server.stop() }
    for proxy in databaseProxies { proxy.close() }
    postgres.stop()
  }
}
