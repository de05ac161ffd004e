import FaultProxy
import Foundation

/// Everything that takes part in a run: one database, two servers, and producers that know both.
struct Stage {
  let options: RunOptions
  let postgres: PostgresActor
  let servers: [ServerActor]
  /// In front of the database, one for each server.
  let databaseProxies: [FaultProxy]
  let lanes: [LaneActor]
  /// When the producers begin to count, on the machine's monotonic clock.
  let start: Int64

  /// Starts all of it.
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
    let ports = servers.map(\.port)
    lanes = (0..<options.lanes).map { [start] lane in
      options.laneActor(lane, ports: lane % 2 == 0 ? ports : ports.reversed(), start: start)
    }
    for lane in lanes { lane.start() }
  }

  /// The server with more connections of producers, and its proxy to the database; or the other one.
  func server(_ which: PlannedFault.Server) -> (server: ServerActor, database: FaultProxy) {
    let order = servers.indices.sorted { servers[$0].ingest.openCount > servers[$1].ingest.openCount }
    let index = order[which == .busier ? 0 : order.count - 1]
    return (servers[index], databaseProxies[index])
  }

  /// Ends every fault that is under way or waits for its moment.
  func calm() {
    for proxy in servers.map(\.ingest) + databaseProxies {
      proxy.disarm()
      proxy.lift()
    }
  }

  /// Ends what is left when the producers have ended.
  func close() {
    for server in servers { server.stop() }
    for proxy in databaseProxies { proxy.close() }
    postgres.stop()
  }
}
