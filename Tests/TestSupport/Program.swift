import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// An executable of this package, run as a real process.
public final class Program: Sendable {
  /// The end of a process.
  public enum Exit: Hashable, Sendable {
    /// The process returned this status.
    case status(Int32)
    /// This signal ended the process.
    case signal(Int32)
  }

  /// The time after which a silent program is killed. It is longer than any program needs for an event that a
  /// test waits for. So the test fails with the program's output instead of waiting for ever.
  public static let timeout = Duration.seconds(180)

  /// The process id.
  public let pid: Int32

  private let output: ProgramOutput
  private let errors: ProgramOutput
  private let ending: Task<Exit, any Error>

  /// Runs an executable that was built beside the tests while `body` runs, and kills it afterwards if it has
  /// not ended by then.
  /// - Parameters:
  ///   - name: The name of the executable, such as `sluiced`, or the path of a program of the system.
  ///   - arguments: The arguments after the name on the command line.
  ///   - environment: Variables in addition to `PATH`. The machine's other variables are not passed on.
  /// - Throws: The error that `body` throws, or `TestSupportError` when there is no such executable.
  @discardableResult
  public static func run<Value>(
    _ name: String, arguments: [String] = [], environment: [String: String] = [:],
    isolation: isolated (any Actor)? = #isolation, _ body: (Program) async throws -> Value
  ) async throws -> Value {
    let program = try await start(name, arguments, environment)
    do {
      let value = try await body(program)
      await program.end()
      return value
    } catch {
      await program.end()
      throw error
    }
  }

  /// Returns the path of an executable that was built beside the tests, to pass to another program.
  /// - Throws: `TestSupportError` when there is no such executable.
  public static func path(of name: String) throws -> String {
    let path = name.contains("/") ? FilePath(name) : directoryOfTests().appending(name)
    guard access(path.string, X_OK) == 0 else { throw TestSupportError("\(path) is not there; build it") }
    return path.string
  }

  /// The text on standard output so far.
  public var standardOutput: String { output.text }

  /// The text on standard error so far.
  public var standardError: String { errors.text }

  /// Returns the first line on standard output.
  /// - Throws: `TestSupportError` with the text on standard error, when the program ended without a line.
  public func firstLine() async throws -> String {
    try await line { _ in true }
  }

  /// Returns the first line on standard output for which `isWanted` is true.
  /// - Throws: `TestSupportError` with the text on standard error, when the program ended without such a
  ///   line, or was killed because the line did not appear within `timeout`.
  public func line(where isWanted: @escaping @Sendable (String) -> Bool) async throws -> String {
    guard let line = await killingWhenOverdue({ await output.line(where: isWanted) }) else {
      throw TestSupportError("the program ended without the line; it wrote: \(standardError)")
    }
    return line
  }

  /// Returns the first line on standard error for which `isWanted` is true.
  /// - Throws: `TestSupportError` with the text on standard error, when the program ended without such a
  ///   line.
  public func errorLine(where isWanted: @escaping @Sendable (String) -> Bool) async throws -> String {
    guard let line = await killingWhenOverdue({ await errors.line(where: isWanted) }) else {
      throw TestSupportError("the program ended without the line; it wrote: \(standardError)")
    }
    return line
  }

  /// Sends a signal to the process.
  public func send(_ signal: Int32) {
    kill(pid, signal)
  }

  /// Waits for the end of the process, which is killed after `timeout`. All its output has arrived then.
  public func exit() async throws -> Exit {
    try await killingWhenOverdue { try await ending.value }
  }

  /// Waits for an event that also occurs when the program ends. Kills the program after `timeout`.
  private func killingWhenOverdue<Value>(
    isolation: isolated (any Actor)? = #isolation, _ wait: () async throws -> Value
  ) async rethrows -> Value {
    let pid = pid
    let watch = Task.detached {
      try await ContinuousClock().sleep(for: Self.timeout)
      kill(pid, SIGKILL)
    }
    defer { watch.cancel() }
    return try await wait()
  }

  private init(
    pid: pid_t, output: ProgramOutput, errors: ProgramOutput, ending: Task<Exit, any Error>
  ) {
    self.pid = pid
    self.output = output
    self.errors = errors
    self.ending = ending
  }

  private func end() async {
    ending.cancel()
    // The result does not matter, because the process has ended.
    _ = try? await ending.value
  }

  private static func start(
    _ name: String, _ arguments: [String], _ environment: [String: String]
  ) async throws -> Program {
    let path = FilePath(try path(of: name))
    let minimum: [Environment.Key: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
    let variables = environment.reduce(into: minimum) { $0[.init(stringLiteral: $1.key)] = $1.value }
    let configuration = Configuration(
      executable: .path(path), arguments: Arguments(arguments), environment: .custom(variables),
      workingDirectory: FilePath(TestProcess.directory))
    return try await launch(configuration)
  }

  /// Returns the directory of the test bundle, which also holds the package's executables.
  private static func directoryOfTests() -> FilePath {
    guard let path = realpath("/proc/self/exe", nil) else { return "." }
    defer { free(path) }
    return FilePath(platformString: path).removingLastComponent()
  }

  private static func launch(_ configuration: Configuration) async throws -> Program {
    let (output, errors) = (ProgramOutput(), ProgramOutput())
    let (started, announce) = AsyncStream.makeStream(of: pid_t.self)
    let ending = Task.detached { () throws -> Exit in
      defer {
        announce.finish()
        output.finish()
        errors.finish()
      }
      let result = try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .sequence
      ) { execution in
        announce.yield(execution.processIdentifier.value)
        async let rest: Void = collect(execution.standardError, in: errors)
        try await collect(execution.standardOutput, in: output)
        try await rest
      }
      switch result.terminationStatus {
      case .exited(let status): return .status(status)
      case .signaled(let signal): return .signal(signal)
      }
    }
    for await pid in started { return Program(pid: pid, output: output, errors: errors, ending: ending) }
    _ = try await ending.value
    throw TestSupportError("\(configuration.executable) did not start")
  }

  private static func collect(
    _ stream: SubprocessOutputSequence, in output: ProgramOutput
  ) async throws {
    for try await piece in stream {
      output.append(piece.withUnsafeBytes { Array($0) })
    }
  }
}
