internal import FoundationEssentials
internal import Glibc

/// A process, by more than its number, which the system gives to another one after its end.
struct ServerProcess: Hashable, Sendable {
  /// Its number.
  let pid: pid_t
  /// When it began, in clock ticks since the machine did (`proc(5)`, field 22 of `stat`).
  private let startTime: UInt64

  /// The process with this number, if one is running. One that has ended and was not waited for is not.
  init?(_ pid: pid_t) {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      // The name before it may hold anything, also spaces and parentheses.
      let nameEnd = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > 19, let startTime = UInt64(fields[19]), fields[0] != "Z", fields[0] != "X" else {
      return nil
    }
    self.pid = pid
    self.startTime = startTime
  }

  /// Whether it still runs.
  var isRunning: Bool { ServerProcess(pid) == self }

  /// Sends `signal`, unless the process has ended.
  func send(_ signal: Int32) {
    if isRunning { kill(pid, signal) }
  }

  /// Waits for its end, at most `limit`, also in a task that is cancelled.
  /// - Returns: Whether it ended.
  func hasEnded(within limit: Duration) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while isRunning {
      guard clock.now < end else { return false }
      // A sleep fails only when its task is cancelled, and nobody cancels this one.
      await Task.detached { try? await clock.sleep(for: .milliseconds(10)) }.value
    }
    return true
  }

  /// Whether it is the first process of the server of the data in `cluster`.
  ///
  /// A server works in its data's directory. Where that can not be seen (another account's process, from
  /// a container's root), its command line must name the directory.
  func isPostmaster(ofCluster cluster: String) -> Bool {
    guard isPostgres else { return false }
    if let directory = FileStatus("/proc/\(pid)/cwd", followingLinks: true) {
      return directory.identity == FileStatus(cluster, followingLinks: true)?.identity
    }
    return arguments.contains(cluster)
  }

  /// Every process of a server of the data in `cluster`, also such that lost their first process.
  static func all(ofCluster cluster: String) -> [ServerProcess] {
    let identity = FileStatus(cluster, followingLinks: true)?.identity
    return all.filter { process in
      process.isPostgres && identity != nil
        && FileStatus("/proc/\(process.pid)/cwd", followingLinks: true)?.identity == identity
    }
  }

  /// Every process that makes a cluster whose path begins so.
  static func creators(ofClustersIn prefix: String) -> [ServerProcess] {
    all.filter { process in
      ["initdb\n", "postgres\n"].contains(process.name)
        && process.arguments.contains { $0.hasPrefix(prefix) }
    }
  }

  private static var all: [ServerProcess] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.compactMap { ServerProcess($0) }
  }

  /// Whether it runs the program `postgres`, as its name says, which all may read.
  private var isPostgres: Bool { name == "postgres\n" }

  private var name: String? { try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8) }

  private var arguments: [String] {
    let line = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))) ?? Data()
    return line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
