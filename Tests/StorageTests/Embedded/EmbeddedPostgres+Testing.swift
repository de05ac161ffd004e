import Logging
import TestSupport
import Testing

@testable import Storage

extension EmbeddedPostgres {
  /// Lends the configuration of a throw-away server in a fresh directory.
  @discardableResult
  static func withConfiguration<Value>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (EmbeddedPostgresConfiguration) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryDirectory { directory in
      var configuration = EmbeddedPostgresConfiguration(dataDirectory: "\(directory)/data")
      configuration.socketParent = directory
      configuration.overrides = TestPostgres.throwAway
      configuration.isKeptRunning = false
      return try await body(configuration)
    }
  }

  /// Has a server run while `body` does.
  @discardableResult
  static func run<Value>(
    _ configuration: EmbeddedPostgresConfiguration, isolation: isolated (any Actor)? = #isolation,
    _ body: (EmbeddedPostgres) async throws -> Value
  ) async throws -> Value {
    let server = try await EmbeddedPostgres.start(configuration, logger: .silent)
    do {
      let value = try await body(server)
      await server.stop()
      return value
    } catch {
      await server.stop()
      throw error
    }
  }

  /// Starts a server and forgets it, as a daemon does that is killed.
  /// - Returns: Its first process.
  static func abandon(_ configuration: EmbeddedPostgresConfiguration) async throws -> ServerProcess {
    let server = try await EmbeddedPostgres.start(configuration, logger: .silent)
    return try #require(await server.process())
  }

  /// The first process of the server, as the server itself names it.
  func process() async throws -> ServerProcess? {
    let file = try await SQL.value("SELECT pg_read_file('postmaster.pid')", on: connectionString)
    return PostmasterFile(file).flatMap { ServerProcess($0.pid) }
  }
}
