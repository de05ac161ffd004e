import DaemonConfiguration
import DaemonServices
internal import EmbeddedPostgres
import Foundation
import HTTPAdmin
import Ingest
import Logging
import Principals
import ServiceLifecycle
import SocketIO
import Storage
import StoreInterface
import TCPIngest

/// A serving daemon, whose parts are wired from the settings and started and stopped in order.
struct Daemon {
  let settings: DaemonSettings
  let logger: Logger
  private let stop = StopRequest()
  private let started = ContinuousClock.now
  private let notifier = ServiceNotifier(
    environment: ProcessInfo.processInfo.environment, processID: getpid())

  init(_ settings: DaemonSettings, logger: Logger) {
    let descriptors = DescriptorPlan(limit: DescriptorPlan.raiseLimit(), settings)
    self.settings = descriptors.settings
    self.logger = logger
    if let warning = descriptors.warning { logger.warning("\(warning)") }
  }

  /// Serves until a signal requests a stop.
  /// - Throws: An error when a part cannot start, or when not all accepted batches could be committed.
  func run() async throws {
    await stop.listen()
    logger.info("starting", metadata: ["memory.limit": "\(MemorySum(settings))"])
    if let warning = ContainerMemory.warning(limit: ContainerMemory.limit(), sum: MemorySum(settings).total) {
      logger.warning("\(warning)")
    }
    let credentials = try watchCredentials()
    let tls = try encryption()
    let announcing = announceStart()
    defer { announcing?.cancel() }
    let daemon = Task {
      try await Database.with(
        settings, logger: logger, held: { [stop] hasty in stop.beforeHastyEnd { await hasty.run() } }
      ) { try await serve($0, credentials, tls, ready: { announcing?.cancel() }) }
    }
    stop.react {
      announcing?.cancel()
      tellStopping()
      daemon.cancel()
    }
    let outcome = await daemon.result
    await stop.leaveToHastyEnd()
    try outcome.get()
  }

  /// Reads the credentials file; nil when there is none.
  private func watchCredentials() throws(CredentialsError) -> CredentialsWatcher? {
    guard let path = settings.credentials else {
      if settings.isInsecurelyOpen {
        logger.warning("insecure.open is on: everybody who reaches this server may publish and read")
      }
      return nil
    }
    return try CredentialsWatcher(CredentialsFile(path: path), log: SecurityLog())
  }

  /// Tells the service manager that the start goes on, until the task is cancelled. A database that is away, or a
  /// migration, may take longer than the manager waits otherwise.
  private func announceStart() -> Task<Void, Never>? {
    notifier.map { notifier in
      Task {
        while !Task.isCancelled {
          notifier.tell(.status("starting"), .extendTimeout(.seconds(30)))
          try? await Task.sleep(for: .seconds(5))
        }
      }
    }
  }

  /// Tells the service manager that the daemon is going to end, also when it has not served yet.
  private func tellStopping() {
    // Besides the drain, the private Postgres needs time for its last checkpoint.
    notifier?.tell(.stopping, .extendTimeout(settings.drain + .seconds(60)))
  }

  /// - Parameter ready: Called when both ports are open.
  private func serve(
    _ database: Database, _ credentials: CredentialsWatcher?, _ tls: TLSService?,
    ready: @escaping @Sendable () -> Void
  ) async throws {
    let parts = IngestParts(settings, logger: logger)
    let store = database.store(queue: parts.queue, activity: parts.activity, health: parts.health)
    database.report(to: parts.health)
    let loops = EventLoops(count: settings.loops, name: "sluice-ingest")
    var configuration = try settings.ingestServerConfiguration()
    if let tls { configuration.transport = tls.transport }
    let server = try IngestServer(
      configuration,
      services: parts.sessions(
        over: store, authenticator: credentials.map { PrincipalAuthenticator($0.directory, log: $0.log) }),
      loops: loops)
    store.watch(connected: { server.connectedProducers })
    store.announce(description(of: server))
    try await store.start()
    let monitor = parts.monitor(of: store, started: started)
    let history = IngestHistory(start: .now)
    let healthLog = HealthLog(health: parts.health, queue: parts.queue, logger: logger, notifier: notifier)
    let ingestLog = IngestLog(activity: parts.activity, queue: parts.queue, logger: logger)
    let freedMemory = FreedMemory(start: .now)
    let sampling = loops.all[0].onTick(every: .seconds(1)) { [notifier] in
      parts.activity.tick(at: .now)
      history.add(monitor.historySample(at: .now), at: .now)
      parts.reportMemory(at: .now)
      healthLog.tick(at: .now)
      ingestLog.tick(at: .now)
      freedMemory.tick(closed: parts.activity.snapshot().endedConnections, at: .now)
      notifier?.tell(.watchdog)
    }
    defer {
      sampling.cancel()
      ingestLog.finish(at: .now)
    }
    let storage = StorageService(store: store, queue: parts.queue, remaining: remaining)
    let watching: [any Service] = credentials.map { [CredentialsService($0)] } ?? []
    let reloading: [any Service] = tls.map { [$0] } ?? []
    try await run(
      watching + reloading + [
        admin(database, parts, store, monitor, history, server, credentials, tls) {
          [self] httpPort in
          ready()
          let address = ListenAddress(host: settings.tcp.host, port: Int(server.address.port))
          notifier?.tell(.ready, .status("serving on \(address)"))
          announce(tcpPort: address.port, httpPort: httpPort, database)
        },
        storage,
        IngestService(server: server, drain: settings.drain),
      ])
    guard storage.abandonedCount == 0 else {
      throw DaemonFailure(
        .drainIncomplete,
        "the drain time passed: \(storage.abandonedCount) accepted batches are abandoned, their producers"
          + " send them again")
    }
  }

  /// Returns what the list of servers says of this one. A wildcard address means the machine.
  private func description(of server: IngestServer) -> ServerDescription {
    let name = ProcessInfo.processInfo.hostName
    let host = ["0.0.0.0", "::", ""].contains(settings.tcp.host) ? name : settings.tcp.host
    return ServerDescription(
      name: name, address: "\(SocketEndpoint(host: host, port: server.address.port))",
      version: SluiceVersion.current)
  }

  /// Reads the certificate of both ports; nil without TLS.
  private func encryption() throws -> TLSService? {
    guard let files = settings.tlsServerSettings else { return nil }
    // The other half of the processors stays free for the loops and the writers.
    return try TLSService(
      files, http: settings.httpEncryptionSettings,
      handshakes: max(1, ProcessInfo.processInfo.activeProcessorCount / 2))
  }

  private func admin(
    _ database: Database, _ parts: IngestParts, _ store: PostgresStore, _ monitor: IngestMonitor,
    _ history: IngestHistory, _ ingest: IngestServer, _ credentials: CredentialsWatcher?, _ tls: TLSService?,
    onListening: @escaping @Sendable (Int) -> Void
  ) -> AdminServer {
    let queries = PostgresQueries(
      database.connection, settings: settings.querySettings,
      counters: store.counters, newTopics: { [topics = parts.activity.topics] in topics.changes },
      isCommitting: { [queue = parts.queue] in queue.depth.batches > 0 })
    var adminSettings = settings.adminSettings
    adminSettings.encryption = tls?.http
    return AdminServer(
      settings: adminSettings, queries: queries,
      status: { [stop, settings] in
        var status = monitor.status(stop.since == nil ? .serving : .draining, at: .now, wallClock: .now)
        status.detectsConflicts = settings.database.detectsConflicts
        if let tls { status.tls = tls.figures }
        return status
      },
      producers: { monitor.activity(of: $0, connected: ingest.connected(of: $0)) },
      connected: { ingest.connectedProducers }, tail: queries, purge: queries, dead: queries,
      history: { since in
        history.series(since: since, at: .now, wallClock: Int64(Date.now.timeIntervalSince1970 * 1e6))
      },
      publishing: parts.publishing(over: store),
      access: credentials.map {
        AccessServices(directory: $0.directory, log: $0.log) { [quotas = parts.quotas] in
          quotas.use(of: $0, at: .now)
        }
      }, remaining: remaining, logger: logger, onListening: onListening)
  }

  /// Writes to standard output that the daemon serves: a text for people on a terminal, else one line of JSON.
  private func announce(tcpPort: Int, httpPort: Int, _ database: Database) {
    let isForPeople = isatty(STDOUT_FILENO) == 1 && !settings.alwaysPrintsReadyLine
    let text =
      isForPeople
      ? Greeting(
        settings, tcpPort: tcpPort, httpPort: httpPort, psql: database.psqlCommand,
        isEmbedded: database.isEmbedded
      ).description
      : ReadyLine(
        tcpPort: tcpPort, httpPort: httpPort, isEmbedded: database.isEmbedded, processID: getpid()
      ).description
    do throws(DaemonFailure) { try Output.writeLine(text) } catch {
      logger.warning("the ready line was not printed: \(error); whoever waits for this line waits for ever")
    }
  }

  /// Returns the rest of the time to stop.
  private var remaining: @Sendable () -> Duration {
    { [settings, stop] in
      max(.zero, settings.drain - (stop.since.map { $0.duration(to: .now) } ?? .zero))
    }
  }

  /// Runs the services until they are stopped, the last service first, so that the health page still answers
  /// while accepted batches are committed.
  private func run(_ services: [any Service]) async throws {
    let configurations = services.map {
      ServiceGroupConfiguration.ServiceConfiguration(
        service: $0, failureTerminationBehavior: .gracefullyShutdownGroup, serviceName: "\(type(of: $0))")
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: configurations, logger: logger))
    stop.react { [logger] in
      logger.info("stopping")
      tellStopping()
      Task { await group.triggerGracefulShutdown() }
    }
    try await group.run()
  }
}
