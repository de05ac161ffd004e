internal import Base
internal import Glibc

/// Starts, finds and stops the server of one data directory.
///
/// The caller holds the directory's lock, so no other process does this at the same time. The daemon can be
/// killed between any two steps, so the next daemon checks the actual state.
struct ServerControl: Sendable {
  /// The data directory.
  let directory: DataDirectory
  /// The server's programs and account.
  let program: ServerProgram
  /// The directory of the socket.
  let socket: SocketDirectory
  /// The text of the file of settings, `sluice.conf`.
  let settings: String
  /// The log of the server.
  let log: ServerLog
  /// The longest times to wait.
  let limits: Limits
  /// Set when the process ends in a hurry. No server is started from then on.
  let ending: StopSignal

  /// The longest times to wait for a server.
  struct Limits: Sendable {
    /// The time until a started server must be ready.
    let start: Duration
    /// The time of a fast shutdown, before an immediate shutdown.
    let stop: Duration
    /// The time of an immediate shutdown, before SIGKILL.
    let immediateStop = Duration.seconds(5)
    /// The time in which starts are retried because remains of an earlier server are still ending.
    let retry = Duration.seconds(20)
    /// The time in which a server that is visible only by its lock must show its pid file or end.
    let unseen = Duration.seconds(5)
    /// The pause between two checks of a server that is starting.
    let poll = Duration.milliseconds(10)
  }

  /// The libpq keywords to connect with.
  var connectionString: String { Self.connectionString(socketDirectory: socket.path) }

  /// Returns the libpq keywords for a server whose socket is in `socketDirectory`.
  static func connectionString(socketDirectory: String) -> String {
    let host = socketDirectory.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
    return "host='\(host)' port=5432 user=\(ServerFiles.role) dbname=\(ServerFiles.role)"
  }

  private var files: ServerFiles { ServerFiles(cluster: directory.cluster, account: program.account) }

  /// Returns the first process of the server that runs on the data, whoever started it; nil when none runs.
  /// - Throws: `uncertain` when the system does not say.
  func running() throws(EmbeddedPostgresError) -> ServerProcess? {
    try directory.server()
  }

  /// Returns the reason why nobody can connect to the running server, even if the server itself is healthy;
  /// nil while its socket file is there, and when the system does not say.
  /// - Parameter socket: The identity of the socket's file when the server became ready.
  func obstacle(since socket: FileStatus.Identity?) -> String? {
    let path = self.socket.path + SocketDirectory.socketName
    guard let status = FileStatus(path, followingLinks: false) else {
      return errno == ENOENT || errno == ENOTDIR ? "its socket \(path) is gone" : nil
    }
    guard let socket, status.identity != socket else { return nil }
    return "another file is in the place of its socket \(path)"
  }

  /// The identity of the socket's file; nil when the file cannot be seen.
  var socketFile: FileStatus.Identity? {
    FileStatus(socket.path + SocketDirectory.socketName, followingLinks: false)?.identity
  }

  /// Makes a server run. Takes over a server that a killed daemon left, if that server is healthy and was
  /// started with the same settings; else starts a new server.
  /// - Throws: `startFailed`, `startTimedOut`, `unusable`, `noServer`, `noSocketDirectory`, `heldElsewhere`,
  ///   `uncertain`, `interrupted`.
  func bringUp() async throws(EmbeddedPostgresError) -> (process: ServerProcess, isAdopted: Bool) {
    let clock = ContinuousClock()
    let begin = clock.now
    while true {
      guard !ending.isSet else { throw .interrupted }
      if let process = try running() {
        if try files.hold(settings: settings), try await isHealthy(process) { return (process, true) }
        await stop(process)
      }
      do {
        return (try await start(), false)
      } catch {
        // A daemon that was killed a moment ago may have left a server whose pid file appears only now, or
        // orphaned processes that are still ending.
        guard let limit = error.timeout(within: limits), begin.duration(to: clock.now) < limit else {
          throw error
        }
        try await pause()
      }
    }
  }

  /// Stops the server and all its processes: by a fast shutdown, then an immediate one, then SIGKILL.
  func stop(_ process: ServerProcess) async {
    let steps = [
      (SIGINT, limits.stop), (SIGQUIT, limits.immediateStop), (SIGKILL, limits.immediateStop),
    ]
    for (signal, limit) in steps {
      process.send(signal)
      // A stopped process (SIGSTOP) handles the signal only after SIGCONT.
      process.send(SIGCONT)
      if await process.hasEnded(within: limit) { break }
    }
    // If processes remain, the next start fails and reports them.
    try? await removeOrphans()
  }

  /// Whether a server that was found takes connections. Waits for a server that is still in recovery.
  private func isHealthy(_ process: ServerProcess) async throws(EmbeddedPostgresError) -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limits.start
    while process.isRunning, clock.now < end {
      guard let file = try PostmasterFile.read(inCluster: directory.cluster), file.phase != .stopping,
        file.socketDirectory == socket.path || file.socketDirectory.isEmpty
      else { return false }
      if file.phase == .ready {
        switch await ServerProbe.ask(connectionString) {
        case .ready: return true
        case .silent:
          // A missing descriptor in this process also makes a probe silent. Then this read throws.
          _ = try SystemFile.bytes(of: "/proc/self/stat")
          return false
        case .notNow: break
        }
      }
      try await pause()
    }
    return false
  }

  private func start() async throws(EmbeddedPostgresError) -> ServerProcess {
    try await removeOrphans()
    let lock = try ServerLock(directory: directory.path)
    try removeStaleFiles(holding: lock)
    try socket.restore(for: program.account)
    try files.write(settings: settings)
    let logged = log.size
    let output = try log.openForAppending()
    let input: Int32
    do {
      input = try lock.share()
    } catch {
      close(output)
      throw error
    }
    let pid = try await program.start("postgres", ["-D", directory.cluster], input: input, log: output)
    guard let process = try ServerProcess.find(pid) else { throw failure(since: logged) }
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
    while true {
      if try isReady(process) { return }
      guard process.isRunning else { throw failure(since: logged) }
      guard clock.now < end else { throw .startTimedOut(after: limits.start, log: log.path) }
      try await pause()
    }
  }

  private func isReady(_ process: ServerProcess) throws(EmbeddedPostgresError) -> Bool {
    guard let file = try PostmasterFile.read(inCluster: directory.cluster) else { return false }
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

  /// Kills server processes whose first process has ended. A new server does not start while any of them
  /// still uses the shared memory of the earlier server.
  /// - Throws: `uncertain` when the processes cannot be listed.
  private func removeOrphans() async throws(EmbeddedPostgresError) {
    let orphans = try ServerProcess.all(ofCluster: directory.cluster)
    for process in orphans { process.send(SIGKILL) }
    for process in orphans {
      // If a process does not end in time, the start fails and reports it.
      _ = await process.hasEnded(within: limits.immediateStop)
    }
  }

  /// Removes the lock files that a dead server left in the data directory and beside the socket. Postgres
  /// itself removes them only if no process has the number in them. It keeps them when the number belongs to
  /// another process now, and while the dead process is a zombie.
  ///
  /// A running server ends itself when its lock file disappears. So the files are removed only while this
  /// process holds the lock that every server holds, and after the check for a server has succeeded.
  /// - Throws: `uncertain` when the check fails.
  private func removeStaleFiles(holding _: borrowing ServerLock) throws(EmbeddedPostgresError) {
    guard try running() == nil else { return }
    unlink("\(directory.cluster)/postmaster.pid")
    unlink("\(socket.path)\(SocketDirectory.socketName).lock")
  }
}

extension EmbeddedPostgresError {
  /// Returns how long to retry a start that failed because an earlier server of the same data is ending or
  /// has just appeared; nil when a retry is useless.
  fileprivate func timeout(within limits: ServerControl.Limits) -> Duration? {
    if case .heldElsewhere = self { return limits.unseen }
    guard case .startFailed(let reason, _) = self,
      reason.contains("still in use") || reason.contains("already exists")
    else { return nil }
    return limits.retry
  }
}
