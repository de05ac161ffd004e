internal import Glibc

/// Starts, finds and stops the server of one data directory.
///
/// The caller holds the directory's lock, so nobody else does the same. Everything here can be killed
/// between any two steps: the next one looks at what is really there.
struct ServerControl: Sendable {
  /// The data.
  let directory: DataDirectory
  /// The server's programs and account.
  let program: ServerProgram
  /// Where the socket is.
  let socket: SocketDirectory
  /// The text of the file of settings.
  let settings: String
  /// What the server writes.
  let log: ServerLog
  /// The bounds of waiting.
  let limits: Limits

  /// How long to wait for a server.
  struct Limits: Sendable {
    /// For it to become ready.
    let start: Duration
    /// For a fast shutdown, before an immediate one.
    let stop: Duration
    /// For an immediate shutdown, before a kill.
    let immediateStop = Duration.seconds(5)
    /// For what is left of an earlier server to go away.
    let retry = Duration.seconds(20)
    /// Between two looks at a server that is starting.
    let poll = Duration.milliseconds(10)
  }

  /// The keywords for libpq to connect with.
  var connectionString: String {
    let host = socket.path.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
    return "host='\(host)' port=5432 user=\(ServerFiles.role) dbname=\(ServerFiles.role)"
  }

  private var files: ServerFiles { ServerFiles(cluster: directory.cluster, account: program.account) }

  /// The first process of a server that runs on the data, however it came to be.
  var running: ServerProcess? {
    guard let file = PostmasterFile(inCluster: directory.cluster), let process = ServerProcess(file.pid),
      process.isPostmaster(ofCluster: directory.cluster)
    else { return nil }
    return process
  }

  /// Has a server run: takes over the one that a killed daemon left, when it is healthy and was started
  /// with the same settings, else starts one.
  /// - Throws: `startFailed`, `startTimedOut`, `unusable`, `noServer`, `interrupted`.
  func bringUp() async throws(EmbeddedPostgresError) -> (process: ServerProcess, isAdopted: Bool) {
    let clock = ContinuousClock()
    let end = clock.now + limits.retry
    while true {
      if let process = running {
        if files.hold(settings: settings), try await isHealthy(process) { return (process, true) }
        await stop(process)
      }
      do {
        return (try await start(), false)
      } catch {
        // A daemon that was killed a moment ago may have left a server that only now shows itself, or
        // orphans that are still on their way out.
        guard error.isPassing, clock.now < end else { throw error }
        try await pause()
      }
    }
  }

  /// Stops the server: fast, then immediately, then by force. Afterwards none of its processes is left.
  func stop(_ process: ServerProcess) async {
    let steps = [
      (SIGINT, limits.stop), (SIGQUIT, limits.immediateStop), (SIGKILL, limits.immediateStop),
    ]
    for (signal, limit) in steps {
      process.send(signal)
      // Somebody may have halted it; then it obeys as soon as it goes on.
      process.send(SIGCONT)
      if await process.hasEnded(within: limit) { break }
    }
    await removeOrphans()
  }

  /// Whether a server that was found takes connections, for which one in recovery gets its time.
  private func isHealthy(_ process: ServerProcess) async throws(EmbeddedPostgresError) -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limits.start
    while process.isRunning, clock.now < end {
      guard let file = PostmasterFile(inCluster: directory.cluster), file.phase != .stopping,
        file.socketDirectory == socket.path || file.socketDirectory.isEmpty
      else { return false }
      if file.phase == .ready {
        switch await ServerProbe.ask(connectionString) {
        case .ready: return true
        case .silent: return false
        case .notNow: break
        }
      }
      try await pause()
    }
    return false
  }

  private func start() async throws(EmbeddedPostgresError) -> ServerProcess {
    await removeOrphans()
    removeStaleFiles()
    try files.write(settings: settings)
    let logged = log.size
    let pid = try await program.start(
      "postgres", ["-D", directory.cluster], log: log.openForAppending())
    guard let process = ServerProcess(pid) else { throw failure(since: logged) }
    do {
      try await awaitReadiness(of: process, logged: logged)
    } catch {
      await stop(process)
      throw error
    }
    return process
  }

  private func awaitReadiness(
    of process: ServerProcess, logged: Int
  ) async throws(EmbeddedPostgresError) {
    let clock = ContinuousClock()
    let end = clock.now + limits.start
    while !isReady(process) {
      guard process.isRunning else { throw failure(since: logged) }
      guard clock.now < end else { throw .startTimedOut(after: limits.start, log: log.path) }
      try await pause()
    }
  }

  private func isReady(_ process: ServerProcess) -> Bool {
    guard let file = PostmasterFile(inCluster: directory.cluster) else { return false }
    return file.pid == process.pid && file.phase == .ready
  }

  private func failure(since offset: Int) -> EmbeddedPostgresError {
    let reason = ProgramResult.reason(in: log.text(from: offset)) ?? "it wrote nothing"
    return .startFailed(reason: reason, log: log.path)
  }

  private func pause() async throws(EmbeddedPostgresError) {
    do {
      try await Task.sleep(for: limits.poll)
    } catch {
      throw .interrupted
    }
  }

  /// Ends processes that lost their first one, so that they can not keep the data busy: a server does not
  /// start while some still use the shared memory of the one before.
  private func removeOrphans() async {
    let orphans = ServerProcess.all(ofCluster: directory.cluster)
    for process in orphans { process.send(SIGKILL) }
    for process in orphans {
      // One that the kernel does not let go yet makes the start fail, which then says why.
      _ = await process.hasEnded(within: limits.immediateStop)
    }
  }

  /// Removes the lock files of a server that is gone, that of the data and that of the socket. Postgres would
  /// only do so when nobody has its number: not when that was given away, and not while the dead process
  /// was not waited for.
  private func removeStaleFiles() {
    guard running == nil else { return }
    unlink("\(directory.cluster)/postmaster.pid")
    unlink("\(socket.path)\(SocketDirectory.socketName).lock")
  }
}

extension EmbeddedPostgresError {
  /// Whether an earlier server of the same data, which is going or coming, kept this one from starting.
  fileprivate var isPassing: Bool {
    guard case .startFailed(let reason, _) = self else { return false }
    return reason.contains("still in use") || reason.contains("already exists")
  }
}
