internal import Glibc
internal import PostgresClient
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// The result of a program that ran to its end.
struct ProgramResult: Sendable {
  /// Whether the program exited with status 0.
  let succeeded: Bool
  /// The text that the program wrote to standard output and standard error.
  let output: String

  /// The line that explains a failure: the last line with a severity word of Postgres's programs, else the
  /// last line.
  var reason: String { Self.reason(in: output) ?? "it wrote nothing" }

  /// Returns the last failure in `text`, from its severity word on, without date and process number.
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

/// Starts every program of the embedded server in the same manner: under the server's account, in a session
/// of its own (so that Ctrl-C in a terminal does not reach the program), in a working directory that the
/// account can enter, and without this process's environment, because `PG…` variables and locales would have
/// effects.
struct ServerProgram: Sendable {
  /// The directory of the server's programs, which is searched first.
  let directory: String
  /// The account that runs the programs.
  let account: ServerAccount

  /// Runs `name` to its end.
  /// - Throws: `noServer` when the program cannot be started.
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

  /// Starts `name`, which outlives this process, with `input` as its standard input and `log` for both output
  /// streams. Both descriptors are closed.
  /// - Returns: The process id. The ended process is waited for, so that it leaves no zombie.
  /// - Throws: `noServer` when the program cannot be started.
  func start(
    _ name: String, _ arguments: [String], input: Int32, log: Int32
  ) async throws(EmbeddedPostgresError) -> pid_t {
    let configuration = configuration(name, arguments)
    let result = await withCheckedContinuation { continuation in
      let announcement = Announcement(continuation)
      Task.detached {
        do {
          _ = try await Subprocess.run(
            configuration,
            input: .fileDescriptor(FileDescriptor(rawValue: input), closeAfterSpawningProcess: true),
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

  /// Returns the configuration of a program. `setpriv(1)` changes the account and then executes the program.
  /// A process with many threads must not change its account between fork and exec (as
  /// `PlatformOptions.userID` does): the C library's call notifies every thread, and waits for ever for a
  /// thread that was just being created.
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

/// Reports once whether a process was started. A later failure appears as the process's end.
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
