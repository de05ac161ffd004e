import Glibc
import Synchronization

/// A process that is started, killed and waited for.
final class ChildProcess: Sendable {
  /// How it ended.
  enum Exit: Hashable, Sendable {
    case status(Int32)
    case signal(Int32)
  }

  let pid: pid_t
  /// Where its standard output can be read, when it was asked for. Whoever asked closes it.
  let output: CInt?
  private let isReaped = Mutex(false)

  /// One at a time, so that no process inherits the pipe that was just made for another.
  private static let spawning = Mutex(())

  /// Starts a program. What it writes is appended to the file `log`.
  /// - Throws: `SystemFailure`.
  init(
    _ path: String, _ arguments: [String], environment: [String: String] = [:], log: String,
    isOutputRead: Bool = false
  ) throws {
    let variables = environment.merging(["PATH": "/usr/local/bin:/usr/bin:/bin"]) { own, _ in own }
    let argv = ([path] + arguments).map { strdup($0) } + [nil]
    let envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    (pid, output) = try Self.spawning.withLock { _ in
      var pipe: [CInt] = [-1, -1]
      if isOutputRead {
        guard Glibc.pipe(&pipe) == 0 else { throw SystemFailure("no pipe", errno) }
        for descriptor in pipe { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      }
      defer { if isOutputRead { close(pipe[1]) } }
      let pid = try Self.spawn(path, argv, envp, log: log, output: isOutputRead ? pipe[1] : 2)
      return (pid, isOutputRead ? pipe[0] : nil)
    }
  }

  private static func spawn(
    _ path: String, _ argv: [UnsafeMutablePointer<CChar>?], _ envp: [UnsafeMutablePointer<CChar>?],
    log: String, output: CInt
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var pid = pid_t()
    let code = posix_spawn(&pid, path, &actions, nil, argv, envp)
    guard code == 0 else { throw SystemFailure("can not start \(path)", code) }
    return pid
  }

  /// Sends a signal, unless it has ended.
  /// - Returns: whether it was sent.
  @discardableResult
  func send(_ signal: CInt) -> Bool {
    isReaped.withLock { isReaped in !isReaped && kill(pid, signal) == 0 }
  }

  /// Blocks the thread until it has ended. Once.
  func wait() -> Exit {
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    return isReaped.withLock { isReaped in
      var status: CInt = 0
      waitpid(pid, &status, 0)
      // From here on the system may give its number to another process.
      isReaped = true
      let signal = status & 0x7F
      return signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
    }
  }
}

/// The system refused something.
struct SystemFailure: Error, CustomStringConvertible {
  let description: String

  init(_ what: String, _ code: CInt? = nil) {
    description = code.map { "\(what): \(String(cString: strerror($0)))" } ?? what
  }
}
