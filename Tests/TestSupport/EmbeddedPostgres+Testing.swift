public import EmbeddedPostgres
import Logging

extension EmbeddedPostgres {
  /// Calls `body` with the configuration of a throw-away server in a new directory.
  @discardableResult
  public static func withConfiguration<Value>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (EmbeddedPostgresConfiguration) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryDirectory { directory in
      var configuration = EmbeddedPostgresConfiguration(dataDirectory: "\(directory)/data")
      configuration.binaries = ForcedPostgres.binaries
      configuration.socketParent = directory
      configuration.overrides = TestPostgres.throwAway
      configuration.isKeptRunning = false
      return try await body(configuration)
    }
  }

  /// Runs a server while `body` runs.
  @discardableResult
  public static func run<Value>(
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
}
