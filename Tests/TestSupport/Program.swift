import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// One of this package's executables as a real process.
public final class Program: Sendable {
  /// How a process ended.
  public enum Exit: Hashable, Sendable {
    /// It returned this status.
    case status(Int32)
    /// This signal ended it.
    case signal(Int32)
  }

  /// Longer than any program needs for what a test waits for. One that is silent for so long is killed, so
  /// that the test fails and says what the program wrote, instead of never ending.
  public static let patience = Duration.seconds(120)

  /// Its number.
  public let pid: Int32

  private let output: ProgramOutput
  private let errors: ProgramOutput
  private let ending: Task<Exit, any Error>

  /// Runs an executable that was built beside the tests while `body` runs, and kills it afterwards if it
  /// has not ended by then.
  /// - Parameters:
  ///   - name: The executable's, such as `sluiced`; a path for a program of the system.
  ///   - arguments: What follows the name on the command line.
  ///   - environment: On top of `PATH` alone, so that nothing of the machine's shows.
  /// - Throws: What `body` throws, or `TestSupportError` when there is no such executable.
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

  /// Where an executable is that was built beside the tests, to give to another program.
  /// - Throws: `TestSupportError` when there is none.
  public static func path(of name: String) throws -> String {
    let path = name.contains("/") ? FilePath(name) : directoryOfTests().appending(name)
    guard access(path.string, X_OK) == 0 else { throw TestSupportError("\(path) is not there; build it") }
    return path.string
  }

  /// Everything on its standard output so far.
  public var standardOutput: String { output.text }

  /// Everything on its standard error so far.
  public var standardError: String { errors.text }

  /// The first line on its standard output.
  /// - Throws: `TestSupportError` with what it wrote on standard error, when it ended without one.
  public func firstLine() async throws -> String {
    try await line { _ in true }
  }

  /// The first line on its standard output for which `isWanted` is true.
  /// - Throws: `TestSupportError` with what it wrote on standard error, when it ended without one, or was
  ///   killed because its line did not come within `patience`.
  public func line(where isWanted: @escaping @Sendable (String) -> Bool) async throws -> String {
    guard let line = await killingWhenOverdue({ await output.line(where: isWanted) }) else {
      throw TestSupportError("the program ended without the line; it wrote: \(standardError)")
    }
    return line
  }

  /// The first line on its standard error for which `isWanted` is true.
  /// - Throws: `TestSupportError` with everything there, when it ended without one.
  public func errorLine(where isWanted: @escaping @Sendable (String) -> Bool) async throws -> String {
    guard let line = await killingWhenOverdue({ await errors.line(where: isWanted) }) else {
      throw TestSupportError("the program ended without the line; it wrote: \(standardError)")
    }
    return line
  }

  /// Sends it a signal.
  public func send(_ signal: Int32) {
    kill(pid, signal)
  }

  /// Waits for its end, which is a kill after `patience`. All its output is there then.
  public func exit() async throws -> Exit {
    try await killingWhenOverdue { try await ending.value }
  }

  /// Waits for something that the end of the program brings in any case.
  private func killingWhenOverdue<Value>(
    isolation: isolated (any Actor)? = #isolation, _ wait: () async throws -> Value
  ) async rethrows -> Value {
    let pid = pid
    let watch = Task.detached {
      try await ContinuousClock().sleep(for: Self.patience)
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
    // Whatever came of it: it is over.
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

  /// Where the bundle of tests is, and the package's executables beside it.
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
