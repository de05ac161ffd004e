public import EmbeddedPostgres
public import Logging
import Synchronization

/// A real Postgres for the tests of this process, started at its first use.
///
/// It runs without `fsync`, because its data does not outlive the process, and no test crashes the machine.
public final class TestPostgres: Sendable {
  /// The server of this process.
  /// - Throws: `EmbeddedPostgresError` at each use when the server could not be started.
  public static var shared: TestPostgres {
    get async throws { try await starting.value }
  }

  /// Settings that make a throw-away server fast. Only tests may use them.
  public static let throwAway = [
    ServerSetting("fsync", "off", "a test's data does not outlive the test"),
    ServerSetting("shared_buffers", "64MB", "several servers run at a time"),
    ServerSetting("max_connections", "200", "many tests run at a time"),
  ]

  private static let starting = Task.detached {
    try await TestPostgres()
  }

  private let server: EmbeddedPostgres
  private let lending = Turnstile(places: 12)

  private init() async throws {
    var configuration = EmbeddedPostgresConfiguration(
      dataDirectory: "\(TestProcess.directory)/shared")
    configuration.binaries = ForcedPostgres.binaries
    configuration.socketParent = TestProcess.directory
    // At the end of the process the server is killed, not stopped.
    configuration.isKeptRunning = false
    configuration.overrides = Self.throwAway
    self.server = try await EmbeddedPostgres.start(configuration, logger: .silent)
  }

  /// Calls `body` with a new, empty database, and drops the database afterwards, even if there are
  /// connections to it.
  /// - Parameter body: Receives the database's connection string.
  @discardableResult
  public func withDatabase<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Value
  ) async throws -> Value {
    await lending.enter()
    defer { lending.leave() }
    let name = "test_\(UInt64.random(in: .min ... .max))"
    try await SQL.run("CREATE DATABASE \(name)", on: server.connectionString)
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try await body("\(server.connectionString) dbname=\(name)"))
    } catch {
      outcome = .failure(error)
    }
    try await SQL.run("DROP DATABASE \(name) WITH (FORCE)", on: server.connectionString)
    return try outcome.get()
  }
}

extension Logger {
  /// A logger that discards every message.
  public static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
