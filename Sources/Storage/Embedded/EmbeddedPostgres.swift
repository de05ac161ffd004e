internal import Glibc
public import Logging
internal import Synchronization

/// A private Postgres, started and stopped with this process: a real one, of which only the start differs.
///
/// It holds the data directory against other daemons, and starts the server again when that dies. When
/// this process is killed the server lives on, and the next one takes it over.
public final class EmbeddedPostgres: Sendable {
  /// The keywords for libpq to connect with.
  public let connectionString: String

  private let control: ServerControl
  private let logger: Logger
  private let state: Mutex<State>

  private struct State {
    /// Held until the server is stopped.
    var lock: DataDirectoryLock?
    /// Looks after the server.
    var watch: Task<Void, Never>?
  }

  /// How often to look after the server.
  private static let watchInterval = Duration.milliseconds(200)
  /// The longest pause between two attempts to start it again.
  private static let longestPause = Duration.seconds(5)

  /// Makes the data if there is none, and has a server run on it that takes connections.
  ///
  /// A cancelled start stops what it started.
  /// - Throws: `EmbeddedPostgresError`, one line that says what to do.
  public static func start(
    _ configuration: EmbeddedPostgresConfiguration, logger: Logger
  ) async throws(EmbeddedPostgresError) -> EmbeddedPostgres {
    let directory = try DataDirectory(path: configuration.dataDirectory)
    let lock = try DataDirectoryLock(directory: directory.path)
    let control = try await prepare(directory, configuration)
    let (process, isAdopted) = try await control.bringUp()
    logger.info(
      "embedded PostgreSQL is ready",
      metadata: ["pid": "\(process.pid)", "adopted": "\(isAdopted)", "data": "\(directory.cluster)"])
    directory.removeUnfinishedClusters()
    let server = EmbeddedPostgres(control: control, lock: lock, logger: logger)
    if configuration.isKeptRunning { server.watch(process) }
    return server
  }

  private init(control: ServerControl, lock: DataDirectoryLock, logger: Logger) {
    self.connectionString = control.connectionString
    self.control = control
    self.logger = logger
    self.state = Mutex(State(lock: lock))
  }

  /// Without `stop` the server lives on, for the next one to take over.
  deinit {
    state.withLock { $0.watch?.cancel() }
  }

  /// Stops the server and lets go of the data directory. Also in a cancelled task; a second call returns
  /// at once.
  ///
  /// Connections that are still open are ended: stop what uses them first.
  public func stop() async {
    let (lock, watch) = state.withLock { state in
      defer { state = State() }
      return (state.lock, state.watch)
    }
    watch?.cancel()
    await watch?.value
    guard let lock else { return }
    if let process = control.running { await control.stop(process) }
    control.socket.remove()
    withExtendedLifetime(lock) {}
  }

  /// Everything that comes before a server can be started on the data.
  private static func prepare(
    _ directory: DataDirectory, _ configuration: EmbeddedPostgresConfiguration
  ) async throws(EmbeddedPostgresError) -> ServerControl {
    let version = try directory.clusterVersion()
    let owner = version == nil ? directory.owner : FileStatus(directory.cluster, followingLinks: false)?.owner
    let account = try ServerAccount.choose(configured: configuration.account, owner: owner)
    try await directory.admit(account)
    let binaries = try await ServerBinaries.find(
      configured: configuration.binaries, data: version.map { ($0, directory.cluster) }, account: account)
    let socket = try SocketDirectory(
      for: directory.path, account: account, parent: configuration.socketParent)
    let program = ServerProgram(directory: binaries.directory, account: account)
    let settings = ServerSetting.file(
      ServerSetting.embedded + [.socketDirectory(socket.path)] + configuration.overrides)
    directory.removeUnfinishedClusters()
    if version == nil {
      let isDurable = !configuration.overrides.contains { $0.name == "fsync" && $0.value == "off" }
      try await ClusterCreation(
        directory: directory, program: program, settings: settings, isDurable: isDurable
      ).run()
    }
    return ServerControl(
      directory: directory, program: program, socket: socket, settings: settings,
      log: ServerLog(path: directory.log),
      limits: .init(start: configuration.startTimeout, stop: configuration.stopTimeout))
  }

  private func watch(_ process: ServerProcess) {
    let task = Task.detached { [control, logger] in
      await Self.lookAfter(process, control, logger)
    }
    state.withLock { $0.watch = task }
  }

  /// Starts the server again when it is gone, and keeps its log within bounds, until cancelled.
  private static func lookAfter(
    _ first: ServerProcess, _ control: ServerControl, _ logger: Logger
  ) async {
    var process = first
    var pause = watchInterval
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: pause)
        try control.log.trim()
        guard !process.isRunning else { continue }
        logger.error("embedded PostgreSQL ended; starting it again", metadata: ["pid": "\(process.pid)"])
        process = try await control.bringUp().process
        pause = watchInterval
        logger.info("embedded PostgreSQL is ready again", metadata: ["pid": "\(process.pid)"])
      } catch is CancellationError {
        return
      } catch {
        logger.error("embedded PostgreSQL needs attention", metadata: ["error": "\(error)"])
        pause = min(pause * 2, longestPause)
      }
    }
  }
}
