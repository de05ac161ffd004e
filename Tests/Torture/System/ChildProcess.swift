import Glibc
import Synchronization

/// A child process that can be signalled and waited for.
final class ChildProcess: Sendable {
  /// Exit status, or the signal that ended the process.
  enum Exit: Hashable, Sendable {
    case status(Int32)
    case signal(Int32)
  }

  let pid: pid_t
  /// Read end of a pipe from standard output; nil unless `isOutputRead` was set. The caller must close it.
  let output: CInt?
  private let isReaped = Mutex(false)

  /// Lock that allows one start at a time, so that no process inherits the pipe of another.
  private static let spawning = Mutex(())

  /// Starts a program. Its output is appended to the file `log`.
  /// - Throws: `SystemFailure` when the program cannot be started.
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
    guard code == 0 else { throw SystemFailure("cannot start \(path)", code) }
    return pid
  }

  /// Sends a signal, unless the process was waited for.
  /// - Returns: whether the signal was sent.
  @discardableResult
  func send(_ signal: CInt) -> Bool {
    isReaped.withLock { isReaped in !isReaped && kill(pid, signal) == 0 }
  }

  /// Blocks the thread until the process has ended. Must be called at most once.
  func wait() -> Exit {
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    return isReaped.withLock { isReaped in
      var status: CInt = 0
      waitpid(pid, &status, 0)
      // From now on the system may give the process id to another process.
      isReaped = true
      let signal = status & 0x7F
      return signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
    }
  }
}

/// A failed system call, or another failure of the run itself.
struct SystemFailure: Error, CustomStringConvertible {
  let description: String

  init(_ what: String, _ code: CInt? = nil) {
    description = code.map { "\(what): \(String(cString: strerror($0)))" } ?? what
  }
}
