import DaemonConfiguration
import DaemonServices
import Foundation
import HTTPAdmin
import Ingest
import Logging
import ServiceLifecycle
import SocketIO
import Storage
import TCPIngest

/// A serving daemon: its parts, wired from the settings, started and stopped in order.
struct Daemon {
  let settings: DaemonSettings
  let logger: Logger
  private let stop = StopRequest()
  private let started = ContinuousClock.now

  init(_ settings: DaemonSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
  }

  /// Serves until a signal asks to stop.
  /// - Throws: When a part can not start, or when not all that was accepted could be committed.
  func run() async throws {
    await stop.listen()
    logger.info("starting", metadata: ["memory.limit": "\(MemorySum(settings))"])
    let daemon = Task { try await Database.with(settings, logger: logger, serve) }
    stop.react { daemon.cancel() }
    try await daemon.value
  }

  private func serve(_ database: Database) async throws {
    let parts = IngestParts(settings, database, logger: logger)
    let loops = EventLoops(count: settings.loops, name: "sluice-ingest")
    let server = try IngestServer(
      settings.ingestServerConfiguration(), services: parts.sessions, loops: loops)
    try await parts.store.start()
    let sampling = loops.all[0].onTick(every: .seconds(1)) { parts.activity.tick(at: .now) }
    defer { sampling.cancel() }
    let storage = StorageService(store: parts.store, queue: parts.queue) { [settings, stop] in
      settings.drain - (stop.since.map { $0.duration(to: .now) } ?? .zero)
    }
    try await run([
      admin(database, parts, server), storage,
      IngestService(server: server, drain: settings.drain),
    ])
    guard storage.abandonedCount == 0 else {
      throw DaemonFailure(
        .drainIncomplete,
        "the drain time passed: \(storage.abandonedCount) accepted batches are abandoned, their producers"
          + " send them again")
    }
  }

  private func admin(_ database: Database, _ parts: IngestParts, _ ingest: IngestServer) -> AdminServer {
    let tcpPort = Int(ingest.address.port)
    let (monitor, isEmbedded) = (parts.monitor(started: started), database.isEmbedded)
    let queries = PostgresQueries(database.connection, settings: settings.querySettings)
    return AdminServer(
      settings: settings.adminSettings, queries: queries,
      status: { [stop] in
        monitor.status(stop.since == nil ? .serving : .draining, at: .now, wallClock: .now)
      },
      producers: { monitor.activity(of: $0, connected: ingest.connected(of: $0)) },
      tail: queries, publishing: parts.publishing, logger: logger
    ) { httpPort in
      ReadyLine(tcpPort: tcpPort, httpPort: httpPort, isEmbedded: isEmbedded, processID: getpid())
        .print()
    }
  }

  /// Runs services until they are stopped, from the right: the health page still answers while accepted
  /// batches are committed.
  private func run(_ services: [any Service]) async throws {
    let configurations = services.map {
      ServiceGroupConfiguration.ServiceConfiguration(
        service: $0, failureTerminationBehavior: .gracefullyShutdownGroup, serviceName: "\(type(of: $0))")
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: configurations, logger: logger))
    stop.react { [logger] in
      logger.info("stopping")
      Task { await group.triggerGracefulShutdown() }
    }
    try await group.run()
  }
}
