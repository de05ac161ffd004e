internal import Glibc
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// How a program of the server was run to its end.
struct ProgramResult: Sendable {
  /// Whether it exited with status 0.
  let succeeded: Bool
  /// What it wrote on both streams.
  let output: String

  /// The line to show of a failure: the last with a severity that Postgres's programs use, else the last.
  var reason: String { Self.reason(in: output) ?? "it wrote nothing" }

  /// The last failure that `text` tells of, from its severity on: without date and process.
  static func reason(in text: String) -> String? {
    let lines = text.split(whereSeparator: \.isNewline)
    let failures = lines.compactMap { line in
      severities.lazy.compactMap { line.firstRange(of: $0) }.first.map { line[$0.lowerBound...] }
    }
    let line = failures.last ?? lines.last
    return line?.split(separator: " ").joined(separator: " ")
  }

  private static let severities = ["PANIC:", "FATAL:", "ERROR:", "error:"]
}

/// Starts programs the way everything around the embedded server must be started: under its account, in a
/// session of its own (so that Ctrl-C in a terminal does not reach it), from a directory that the account
/// can enter, and without this process's environment, of which `PG…` variables and locales would show.
struct ServerProgram: Sendable {
  /// The directory of the server's programs, searched first.
  let directory: String
  /// Who runs them.
  let account: ServerAccount

  /// Runs `name` to its end.
  /// - Throws: `noServer` when it can not be started.
  func run(
    _ name: String, _ arguments: [String], input: String = ""
  ) async throws(EmbeddedPostgresError) -> ProgramResult {
    do {
      let result = try await Subprocess.run(
        configuration(name, arguments), input: .string(input), output: .string(limit: 1 << 20),
        error: .combinedWithOutput)
      return ProgramResult(
        succeeded: result.terminationStatus.isSuccess, output: result.standardOutput)
    } catch {
      throw .noServer(reason: "\(name) in \(directory) did not run (\(error))")
    }
  }

  /// Starts `name`, which lives on without this process, with both streams going to `log`, which is closed.
  /// - Returns: Its process id. It is waited for when it ends, so that it leaves no zombie.
  /// - Throws: `noServer` when it can not be started.
  func start(
    _ name: String, _ arguments: [String], log: Int32
  ) async throws(EmbeddedPostgresError) -> pid_t {
    let configuration = configuration(name, arguments)
    let result = await withCheckedContinuation { continuation in
      let announcement = Announcement(continuation)
      Task.detached {
        do {
          _ = try await Subprocess.run(
            configuration, input: .none,
            output: .fileDescriptor(FileDescriptor(rawValue: log), closeAfterSpawningProcess: true),
            error: .combinedWithOutput
          ) { execution in
            announcement.make(.success(execution.processIdentifier.value))
          }
        } catch {
          announcement.make(.failure(.noServer(reason: "\(name) did not run (\(error))")))
        }
      }
    }
    return try result.get()
  }

  /// Changing the account is left to `setpriv(1)`, which becomes the program: a process with many threads
  /// must not change it between its own fork and exec, since in the C library that asks every thread, and
  /// waits for ever for one that was just being made. (`PlatformOptions.userID` does so.)
  private func configuration(_ name: String, _ arguments: [String]) -> Subprocess.Configuration {
    var options = PlatformOptions()
    options.createSession = true
    let environment: Environment = .custom(
      ["PATH": "\(directory):/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"])
    guard account.isOther else {
      return Subprocess.Configuration(
        executable: .name(name), arguments: Arguments(arguments), environment: environment,
        workingDirectory: "/", platformOptions: options)
    }
    let change = [
      "--reuid", "\(account.userID)", "--regid", "\(account.groupID)", "--clear-groups",
      "--no-new-privs", "--", name,
    ]
    return Subprocess.Configuration(
      executable: .name("setpriv"), arguments: Arguments(change + arguments), environment: environment,
      workingDirectory: "/", platformOptions: options)
  }
}

/// Tells once how the start of a process went. Whatever goes wrong later shows in the process's end.
private final class Announcement: Sendable {
  typealias Outcome = Result<pid_t, EmbeddedPostgresError>

  private let waiting: Mutex<CheckedContinuation<Outcome, Never>?>

  init(_ continuation: CheckedContinuation<Outcome, Never>) {
    self.waiting = Mutex(continuation)
  }

  func make(_ outcome: Outcome) {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(returning: outcome)
  }
}
