import Foundation
import Synchronization

/// The Postgres server of a run. A thread keeps the server running, the plan crashes it, and `LineageChanger`
/// replaces it with the server of another cluster.
final class PostgresActor: Sendable {
  struct State {
    /// The cluster that servers connect to.
    var current: Cluster
    /// The postmaster of the current cluster; nil while no postmaster runs.
    var child: ChildProcess?
    /// The postmasters that this class keeps running, by the numbers of their clusters.
    var running: [Int: ChildProcess] = [:]
    var exits: [Int: ChildProcess.Exit] = [:]
    var isChanging = false
    /// The number of the newest cluster.
    var made = 0
    var changes: [LineageChange] = []
    var relaxations = 0
    var onMove: @Sendable (Cluster) -> Void = { _ in }
    var isReady = false
    /// Number of times that a server became ready, over all clusters.
    var starts = 0
    var isStopping = false
    var crashes = 0
    var backendKills = 0
    /// Times from accepting connections again to the first commit of events.
    var firstCommits: [Duration] = []
  }

  /// Directory of all clusters.
  let directory: String
  private let log: String
  private let binaries: String
  private let account: String?
  let runLog: RunLog
  /// Used by this class only; not private because `PostgresActor+Changing.swift` uses it, too.
  let state: Mutex<State>

  /// - Parameters:
  ///   - directory: Directory of all clusters, which other accounts can enter.
  ///   - account: Account that runs Postgres if this process is root, because Postgres refuses to run as
  ///     root.
  init(in directory: String, log: String, binaries: String, account: String, runLog: RunLog) throws {
    self.runLog = runLog
    self.directory = directory
    let first = Cluster(number: 0, in: directory)
    state = Mutex(State(current: first))
    self.log = log
    self.binaries = binaries
    self.account = geteuid() == 0 ? account : nil
    try makeDirectories(of: first)
  }

  /// Directory of the current server's socket.
  var socketDirectory: String { state.withLock { $0.current.socketDirectory } }
  /// Connects to the current server's own socket, without a proxy.
  var database: Database { state.withLock { $0.current.database } }

  var isReady: Bool { state.withLock { $0.isReady } }
  var starts: Int { state.withLock { $0.starts } }
  /// A number that changes each time the database was unavailable; nil while the database is unavailable.
  var life: Int? { state.withLock { $0.isReady ? $0.starts + $0.backendKills : nil } }
  var crashes: Int { state.withLock { $0.crashes } }
  var backendKills: Int { state.withLock { $0.backendKills } }
  var firstCommits: [Duration] { state.withLock { $0.firstCommits } }
  /// Changes of lineage in the order of their times.
  var changes: [LineageChange] { state.withLock { $0.changes } }
  /// Number of times that `synchronous_commit` was turned off.
  var relaxations: Int { state.withLock { $0.relaxations } }

  /// Makes the first cluster, starts its server, and keeps the server running.
  func start() throws {
    let first = state.withLock { $0.current }
    let made = try spawn(
      "initdb", ["-D", first.data, "-U", "sluice", "-A", "trust", "-E", "UTF8", "--locale=C"])
    guard made.wait() == .status(0) else { throw SystemFailure("initdb failed; see \(log)") }
    run(first)
    Thread.detachNewThread { [self] in watchCommits() }
    guard Clock.wait(limit: .seconds(60), { isReady }) else {
      throw SystemFailure("Postgres did not start; see \(log)")
    }
  }

  /// Ends all servers and starts none again.
  func stop() {
    let running = state.withLock { state in
      state.isStopping = true
      return state.running.values
    }
    for child in running { child.send(SIGINT) }
    Clock.wait(limit: .seconds(60)) { state.withLock { $0.running.isEmpty } }
  }

  /// Blocks the thread until no change is under way.
  func awaitChange() {
    Clock.wait(every: .milliseconds(20), limit: .seconds(120)) { state.withLock { !$0.isChanging } }
  }

  /// Crashes the server, unless a change is under way, because a crash would make the change fail.
  func crash(_ crash: PlannedFault.Crash) {
    guard state.withLock({ !$0.isChanging }) else { return }
    crashNow(crash)
  }

  func crashNow(_ crash: PlannedFault.Crash) {
    guard let child = state.withLock({ $0.isReady ? $0.child : nil }) else { return }
    let children = Processes.children(of: child.pid)
    guard child.send(crash == .kill ? SIGKILL : SIGQUIT) else { return }
    state.withLock { state in
      state.crashes += 1
      state.isReady = false
    }
    if crash == .kill { for pid in children { kill(pid, SIGKILL) } }
  }

  /// Kills one backend that serves a `sluiced`. Then Postgres restarts all of its processes.
  func killBackend() {
    let sql = "SELECT max(pid) FROM pg_stat_activity WHERE application_name = 'sluice'"
    guard isReady, state.withLock({ !$0.isChanging }),
      let pid = try? database.query(sql).first?.first?.flatMap(Int32.init)
    else { return }
    if kill(pid, SIGKILL) == 0 { state.withLock { $0.backendKills += 1 } }
  }

  /// Keeps the server of the current cluster running.
  /// - Parameter child: The postmaster, if it runs already.
  func run(_ cluster: Cluster, adopting child: ChildProcess? = nil) {
    Thread.detachNewThread { [self] in keepRunning(cluster, child) }
  }

  /// Starts the server of a cluster. The caller must wait for the end of the process.
  func spawnServer(of cluster: Cluster) throws -> ChildProcess {
    let settings = [
      "listen_addresses=", "unix_socket_directories=\(cluster.socketDirectory)", "max_wal_size=1GB",
      "wal_keep_size=256MB", "shared_buffers=128MB", "log_min_messages=fatal", "restart_after_crash=on",
    ]
    return try spawn("postgres", ["-D", cluster.data] + settings.flatMap { ["-c", $0] })
  }

  func makeDirectories(of cluster: Cluster) throws {
    for path in [cluster.data, cluster.socketDirectory] {
      mkdir(path, 0o700)
      guard let account else { continue }
      guard let entry = getpwnam(account), chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else {
        throw SystemFailure("no directory for the account \(account)", errno)
      }
    }
  }

  /// Runs one of Postgres's programs under the account that runs the server.
  func spawn(_ program: String, _ arguments: [String]) throws -> ChildProcess {
    let path = "\(binaries)/\(program)"
    guard let account else { return try ChildProcess(path, arguments, log: log) }
    let identity = ["--reuid=\(account)", "--regid=\(account)", "--init-groups"]
    return try ChildProcess("/usr/bin/setpriv", identity + [path] + arguments, log: log)
  }

  private func keepRunning(_ cluster: Cluster, _ adopted: ChildProcess?) {
    var next = adopted
    while true {
      // Processes of a killed server keep its shared memory for a moment. Until then each new server ends
      // with an error and is started again.
      guard let child = next ?? (try? spawnServer(of: cluster)) else { break }
      next = nil
      let ended = Mutex(false)
      let isCurrent = state.withLock { state in
        state.running[cluster.number] = child
        if state.current == cluster { state.child = child }
        return state.current == cluster && !state.isStopping
      }
      if isCurrent {
        Thread.detachNewThread { [self] in awaitReady(cluster) { ended.withLock { $0 } } }
      } else {
        child.send(SIGINT)
      }
      let exit = child.wait()
      ended.withLock { $0 = true }
      let goesOn = state.withLock { state in
        state.running[cluster.number] = nil
        state.exits[cluster.number] = exit
        guard state.current == cluster else { return false }
        (state.child, state.isReady) = (nil, false)
        return !state.isStopping
      }
      guard goesOn else { break }
      Clock.sleep(.milliseconds(20))
      guard state.withLock({ $0.current == cluster && !$0.isStopping }) else { break }
    }
  }

  private func awaitReady(_ cluster: Cluster, _ isOver: () -> Bool) {
    // A standby accepts connections, too, but takes no batches before its promotion.
    Clock.wait {
      isOver()
        || (cluster.database.isReady
          && (try? cluster.database.query("SELECT pg_is_in_recovery()")) == [["f"]])
    }
    guard !isOver() else { return }
    state.withLock { state in
      guard state.current == cluster else { return }
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
      // If the server crashes meanwhile, the next start is measured.
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
