internal import Base
internal import Glibc
public import Logging
internal import Synchronization

/// A private Postgres that this process starts and stops. It is an ordinary Postgres; only its start differs.
///
/// The object locks the data directory against other daemons, and restarts the server when it dies. When this
/// process is killed, the server keeps running, and the next daemon takes it over.
public final class EmbeddedPostgres: Sendable {
  /// The libpq keywords to connect with.
  public let connectionString: String

  private let control: ServerControl
  private let logger: Logger
  private let trouble = ServerTrouble()
  private let state: Mutex<State>

  private struct State {
    /// The lock of the data directory, held until the server is stopped.
    var lock: DataDirectoryLock?
    /// The task that restarts the server when it dies.
    var watch: Task<Void, Never>?
  }

  /// Makes the data if there is none, and starts a server on it. Returns when the server accepts connections.
  ///
  /// A cancelled start stops the server that it started.
  /// - Parameter held: Called with the means to end the server in a hurry, after the data directory is locked
  ///   and before any server is started.
  /// - Throws: `EmbeddedPostgresError`, whose description is one line that says what to do.
  public static func start(
    _ configuration: EmbeddedPostgresConfiguration, logger: Logger,
    held: @Sendable (HastyServerStop) -> Void = { _ in }
  ) async throws(EmbeddedPostgresError) -> EmbeddedPostgres {
    let directory = try DataDirectory(path: configuration.dataDirectory)
    let lock = try DataDirectoryLock(directory: directory.path)
    let hastyStop = HastyServerStop(directory)
    held(hastyStop)
    let control = try await prepare(directory, configuration, ending: hastyStop.ending)
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

  /// Without a call of `stop` the server keeps running, and the next daemon takes it over.
  deinit {
    state.withLock { $0.watch?.cancel() }
  }

  /// Stops the server and unlocks the data directory, even in a cancelled task. A second call returns at
  /// once.
  ///
  /// Stop the users of the server's connections first, because open connections are ended.
  public func stop() async {
    let (lock, watch) = state.withLock { state in
      defer { state = State() }
      return (state.lock, state.watch)
    }
    watch?.cancel()
    await watch?.value
    guard let lock else { return }
    do throws(EmbeddedPostgresError) {
      if let process = try control.running() { await control.stop(process) }
      control.socket.remove()
    } catch {
      logger.error(
        "embedded PostgreSQL was not stopped; the next start takes it over", metadata: ["error": "\(error)"])
    }
    withExtendedLifetime(lock) {}
  }

  /// Does every step that must precede the start of a server on the data.
  private static func prepare(
    _ directory: DataDirectory, _ configuration: EmbeddedPostgresConfiguration, ending: StopSignal
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
      limits: .init(start: configuration.startTimeout, stop: configuration.stopTimeout), ending: ending)
  }

  /// Calls `observer` with the reason when the server becomes unreachable, and with nil when it is reachable
  /// again. An observer that is set while the server is unreachable is called at once. Calls never overlap.
  public func observe(_ observer: @escaping @Sendable (ServerTrouble.Report?) -> Void) {
    trouble.observe(observer)
  }

  private func watch(_ process: ServerProcess) {
    let watch = ServerWatch(control: control, trouble: trouble, logger: logger)
    let task = Task.detached { await watch.run(process) }
    state.withLock { state in
      precondition(state.watch == nil, "one task watches the server")
      state.watch = task
    }
  }
}

/// The place of the private Postgres's data, and the account and limits of its server.
public struct EmbeddedPostgresConfiguration: Sendable {
  /// The directory of everything that outlives the process. Made when missing. One daemon at a time may use
  /// it.
  public var dataDirectory: String
  /// The directory of the programs `postgres` and `initdb`; nil to search the usual directories.
  public var binaries: String?
  /// The account that runs Postgres when this process is root, because Postgres refuses to run as root; nil
  /// to take the owner of the data directory, else `postgres` or another unprivileged account.
  public var account: String?
  /// A short path of a directory in which the socket's own directory is made; nil for `/run` when this
  /// process is root, else for the data directory, and for `/tmp` when these cannot be used.
  public var socketParent: String?
  /// The longest time of a start. After a crash Postgres first replays the log since its last checkpoint.
  public var startTimeout: Duration = .seconds(300)
  /// The longest time of a fast shutdown. An immediate shutdown follows, and the next start replays the log.
  public var stopTimeout: Duration = .seconds(30)
  /// Whether a server that dies is restarted.
  public var isKeptRunning = true
  /// Settings that override `ServerSetting.embedded`, for tests only, for example `fsync` off.
  public var overrides: [ServerSetting] = []

  /// The default configuration, with the data in `dataDirectory`.
  public init(dataDirectory: String) {
    self.dataDirectory = dataDirectory
  }
}

/// Look-ups for commands that only use a database that exists already.
extension EmbeddedPostgres {
  /// Whether `dataDirectory` holds the data of a server. Makes no directory.
  public static func hasData(in dataDirectory: String) -> Bool {
    FileStatus("\(dataDirectory)/postgres/PG_VERSION", followingLinks: true) != nil
  }

  /// Returns libpq keywords to connect to the server that another process runs on `dataDirectory`; nil when
  /// no server accepts connections there.
  public static func connectionToRunningServer(in dataDirectory: String) -> String? {
    // A file that cannot be read counts as no server.
    guard let file = try? PostmasterFile.read(inCluster: "\(dataDirectory)/postgres"), file.phase == .ready,
      !file.socketDirectory.isEmpty
    else { return nil }
    return ServerControl.connectionString(socketDirectory: file.socketDirectory)
  }
}
