internal import Glibc

/// A process, identified by its number and start time, because the system gives the number of an ended
/// process to another process.
struct ServerProcess: Hashable, Sendable {
  /// The process number.
  let pid: pid_t
  /// The start time in clock ticks since the machine started (`proc(5)`, field 22 of `stat`).
  private let startTime: UInt64

  /// The state of a process as the system reports it.
  enum Life: Sendable {
    /// The process runs.
    case running
    /// The process has ended.
    case ended
    /// The system did not say, for example because this process has no free descriptor.
    case unknown
  }

  /// Returns the process with the number `pid`; nil when none runs. A zombie counts as ended.
  /// - Throws: `uncertain` when the system does not say.
  static func find(_ pid: pid_t) throws(EmbeddedPostgresError) -> ServerProcess? {
    guard let text = try SystemFile.text(of: "/proc/\(pid)/stat"),
      // The program name before field 3 is in parentheses, and may itself contain spaces and parentheses.
      let nameEnd = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > 19, let startTime = UInt64(fields[19]), fields[0] != "Z", fields[0] != "X" else {
      return nil
    }
    return ServerProcess(pid: pid, startTime: startTime)
  }

  private init(pid: pid_t, startTime: UInt64) {
    self.pid = pid
    self.startTime = startTime
  }

  /// The state of the process as the system reports it.
  var life: Life {
    do throws(EmbeddedPostgresError) {
      return try Self.find(pid) == self ? .running : .ended
    } catch {
      // `kill` needs no descriptor, and its ESRCH ("no such process") is certain.
      return kill(pid, 0) != 0 && errno == ESRCH ? .ended : .unknown
    }
  }

  /// Whether the process may still run. It counts as running when the check fails.
  var isRunning: Bool { life != .ended }

  /// Sends `signal`, unless the process has ended. Sends nothing while the system does not say whose number
  /// it is, because another process may have the number by now.
  func send(_ signal: Int32) {
    precondition(pid > 0, "a signal to 0 or below reaches a group of processes")
    if life == .running { kill(pid, signal) }
  }

  /// Waits at most `limit` for the end of the process, even in a cancelled task.
  /// - Returns: Whether the process has ended.
  func hasEnded(within limit: Duration) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while isRunning {
      guard clock.now < end else { return false }
      // A sleep throws only when its task is cancelled, and nobody cancels this detached task.
      await Task.detached { try? await clock.sleep(for: .milliseconds(10)) }.value
    }
    return true
  }

  /// Whether this is the first process of the server of the data in `cluster`.
  ///
  /// A server's working directory is its data directory. When the working directory cannot be seen (the
  /// process belongs to another account, or this is root in a container), the command line must name the data
  /// directory.
  /// - Throws: `uncertain` when the system does not say.
  func isPostmaster(ofCluster cluster: String) throws(EmbeddedPostgresError) -> Bool {
    guard try isPostgres else { return false }
    if let directory = try workingDirectory {
      return directory == FileStatus(cluster, followingLinks: true)?.identity
    }
    return try arguments.contains(cluster)
  }

  /// Returns every process of a server of the data in `cluster`, including processes whose first process has
  /// ended.
  /// - Throws: `uncertain` when the system does not say.
  static func all(ofCluster cluster: String) throws(EmbeddedPostgresError) -> [ServerProcess] {
    guard let identity = FileStatus(cluster, followingLinks: true)?.identity else { return [] }
    return try all { (process) throws(EmbeddedPostgresError) in
      guard try process.isPostgres else { return false }
      return try process.workingDirectory == identity
    }
  }

  /// Returns every process that makes a cluster whose path begins with `prefix`.
  /// - Throws: `uncertain` when the system does not say.
  static func creators(ofClustersIn prefix: String) throws(EmbeddedPostgresError) -> [ServerProcess] {
    try all { (process) throws(EmbeddedPostgresError) in
      guard let name = try process.name, ["initdb\n", "postgres\n"].contains(name) else { return false }
      return try process.arguments.contains { $0.hasPrefix(prefix) }
    }
  }

  private static func all(
    where isWanted: (ServerProcess) throws(EmbeddedPostgresError) -> Bool
  ) throws(EmbeddedPostgresError) -> [ServerProcess] {
    var found: [ServerProcess] = []
    for pid in try SystemFile.processes() {
      if let process = try find(pid), try isWanted(process) { found.append(process) }
    }
    return found
  }

  /// Whether the process runs the program `postgres`, by its name, which every account may read.
  var isPostgres: Bool {
    get throws(EmbeddedPostgresError) { try name == "postgres\n" }
  }

  private var name: String? {
    get throws(EmbeddedPostgresError) { try SystemFile.text(of: "/proc/\(pid)/comm") }
  }

  /// The identity of the process's working directory; nil when the process has ended or the directory must
  /// not be read. Needs no descriptor.
  private var workingDirectory: FileStatus.Identity? {
    get throws(EmbeddedPostgresError) {
      let path = "/proc/\(pid)/cwd"
      if let status = FileStatus(path, followingLinks: true) { return status.identity }
      guard [ENOENT, ESRCH, EACCES, EPERM].contains(errno) else {
        throw .uncertain(path: path, reason: FileStatus.failure)
      }
      return nil
    }
  }

  private var arguments: [String] {
    get throws(EmbeddedPostgresError) {
      let line = try SystemFile.bytes(of: "/proc/\(pid)/cmdline") ?? []
      return line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
  }
}
