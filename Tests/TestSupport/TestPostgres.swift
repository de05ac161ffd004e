public import Logging
public import Storage
import Synchronization

/// A real Postgres for the tests of this process, started when the first one asks.
///
/// It runs without `fsync`: it lives no longer than the process, and no test crashes the machine.
public final class TestPostgres: Sendable {
  /// The one of this process.
  /// - Throws: `EmbeddedPostgresError` when it could not be started; then each time.
  public static var shared: TestPostgres {
    get async throws { try await starting.value }
  }

  /// What makes a throw-away server quick. Nothing else than tests may use it.
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
    configuration.socketParent = TestProcess.directory
    // At the end of the process it is killed, not stopped.
    configuration.isKeptRunning = false
    configuration.overrides = Self.throwAway
    self.server = try await EmbeddedPostgres.start(configuration, logger: .silent)
  }

  /// Lends a fresh, empty database, and drops it afterwards, whatever is still connected to it.
  /// - Parameter body: Gets the database's connection string.
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
  /// A logger of which nothing is heard.
  public static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
