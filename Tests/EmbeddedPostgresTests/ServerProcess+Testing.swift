import Glibc
import Logging
import TestSupport
import Testing

@testable import EmbeddedPostgres

extension ServerProcess {
  /// The process with this number, if the system says that one runs.
  init?(_ pid: pid_t) {
    guard let process = try? ServerProcess.find(pid) else { return nil }
    self = process
  }
}

extension EmbeddedPostgres {
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
