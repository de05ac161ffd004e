import Foundation
import Synchronization

/// The database's server of a run: kept running by a thread, crashed by the plan.
final class PostgresActor: Sendable {
  private struct State {
    var child: ChildProcess?
    var isReady = false
    /// How often it became ready.
    var starts = 0
    var isStopping = false
    var crashes = 0
    var backendKills = 0
    /// From accepting connections again to the first commit of events after it.
    var firstCommits: [Duration] = []
  }

  /// Its socket's directory.
  let socketDirectory: String
  /// On the server's own socket.
  let database: Database

  private let cluster: String
  private let log: String
  private let binaries: String
  private let account: String?
  private let runLog: RunLog
  private let state = Mutex(State())

  /// - Parameters:
  ///   - directory: Where its data goes; other accounts can enter it.
  ///   - account: Who runs it when this process is root, which Postgres refuses to be.
  init(in directory: String, log: String, binaries: String, account: String, runLog: RunLog) throws {
    self.runLog = runLog
    cluster = "\(directory)/cluster"
    socketDirectory = "\(directory)/socket"
    self.log = log
    self.binaries = binaries
    self.account = geteuid() == 0 ? account : nil
    database = Database(conninfo: "host=\(socketDirectory) user=sluice dbname=postgres")
    for path in [cluster, socketDirectory] {
      mkdir(path, 0o700)
      guard let account = self.account else { continue }
      guard let entry = getpwnam(account), chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else {
        throw SystemFailure("no directory for the account \(account)", errno)
      }
    }
  }

  var isReady: Bool { state.withLock { $0.isReady } }
  var starts: Int { state.withLock { $0.starts } }
  /// A number that changes whenever it was away; nil while it is.
  var life: Int? { state.withLock { $0.isReady ? $0.starts + $0.backendKills : nil } }
  var crashes: Int { state.withLock { $0.crashes } }
  var backendKills: Int { state.withLock { $0.backendKills } }
  var firstCommits: [Duration] { state.withLock { $0.firstCommits } }

  /// Makes the cluster, starts the server, and keeps it running.
  func start() throws {
    let made = try spawn(
      "initdb", ["-D", cluster, "-U", "sluice", "-A", "trust", "-E", "UTF8", "--locale=C"])
    guard made.wait() == .status(0) else { throw SystemFailure("initdb failed; see \(log)") }
    Thread.detachNewThread { [self] in keepRunning() }
    Thread.detachNewThread { [self] in watchCommits() }
    guard Clock.wait(limit: .seconds(60), { isReady }) else {
      throw SystemFailure("Postgres did not start; see \(log)")
    }
  }

  /// Ends it for good.
  func stop() {
    let child = state.withLock { state in
      state.isStopping = true
      return state.child
    }
    child?.send(SIGINT)
    Clock.wait(limit: .seconds(60)) { state.withLock { $0.child == nil } }
  }

  /// Crashes it.
  func crash(_ crash: PlannedFault.Crash) {
    guard let child = state.withLock({ $0.isReady ? $0.child : nil }) else { return }
    let children = Processes.children(of: child.pid)
    guard child.send(crash == .kill ? SIGKILL : SIGQUIT) else { return }
    state.withLock { state in
      state.crashes += 1
      state.isReady = false
    }
    if crash == .kill { for pid in children { kill(pid, SIGKILL) } }
  }

  /// Kills one backend of a server's, at which Postgres restarts all of its processes.
  func killBackend() {
    let sql = "SELECT max(pid) FROM pg_stat_activity WHERE application_name = 'sluice'"
    guard isReady, let pid = try? database.query(sql).first?.first?.flatMap(Int32.init) else { return }
    if kill(pid, SIGKILL) == 0 { state.withLock { $0.backendKills += 1 } }
  }

  private func spawn(_ program: String, _ arguments: [String]) throws -> ChildProcess {
    let path = "\(binaries)/\(program)"
    guard let account else { return try ChildProcess(path, arguments, log: log) }
    let identity = ["--reuid=\(account)", "--regid=\(account)", "--init-groups"]
    return try ChildProcess("/usr/bin/setpriv", identity + [path] + arguments, log: log)
  }

  private func keepRunning() {
    let settings = [
      "listen_addresses=", "unix_socket_directories=\(socketDirectory)", "max_wal_size=1GB",
      "shared_buffers=128MB", "log_min_messages=fatal", "restart_after_crash=on",
    ]
    let arguments = ["-D", cluster] + settings.flatMap { ["-c", $0] }
    while !state.withLock({ $0.isStopping }) {
      // What a killed server leaves behind holds its memory for a moment, and the new one says so and ends.
      guard let child = try? spawn("postgres", arguments) else { break }
      state.withLock { $0.child = child }
      let ended = Mutex(false)
      Thread.detachNewThread { [self] in awaitReady { ended.withLock { $0 } } }
      _ = child.wait()
      ended.withLock { $0 = true }
      state.withLock { state in
        state.isReady = false
        state.child = nil
      }
      Clock.sleep(.milliseconds(20))
    }
  }

  private func awaitReady(_ isOver: () -> Bool) {
    Clock.wait { isOver() || database.isReady }
    guard !isOver() else { return }
    state.withLock { state in
      state.isReady = true
      state.starts += 1
    }
    runLog.note("Postgres is ready")
  }

  /// Measures how long the servers take to commit again after each start but the first.
  private func watchCommits() {
    var seen = 1
    while !state.withLock({ $0.isStopping }) {
      Clock.wait { state.withLock { $0.isStopping || $0.starts > seen } }
      seen = starts
      let start = ContinuousClock.now
      var before: String?
      // It may be crashed meanwhile: then the next start is measured.
      try? database.poll("SELECT sum(received) FROM sluice.counters") { rows in
        let sum = rows.first?.first ?? nil
        if before == nil { before = sum }
        Clock.sleep(.milliseconds(2))
        guard sum != before else { return seen == starts && ContinuousClock.now < start + .seconds(30) }
        let time = ContinuousClock.now - start
        state.withLock { $0.firstCommits.append(time) }
        runLog.note("first commit \(Int(time / .milliseconds(1))) ms after Postgres was ready")
        return false
      }
    }
  }
}
