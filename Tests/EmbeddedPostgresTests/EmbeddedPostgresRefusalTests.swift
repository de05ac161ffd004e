import Glibc
import TestSupport
import Testing

@testable import EmbeddedPostgres

/// Whatever keeps the server from starting ends in one line that says what to do.
@Suite struct EmbeddedPostgresRefusalTests {
  @Test(arguments: ["/proc/sluice", "/dev/null", "/dev/null/sluice"])
  func refusesADirectoryThatCanNotBeWritten(path: String) async throws {
    let error = try await refusal(EmbeddedPostgresConfiguration(dataDirectory: path))
    guard case .unusable = error else {
      Issue.record("\(error)")
      return
    }
    #expect(error.description.contains("cannot use \(path)"))
    #expect(error.description.contains("set data.dir"))
  }

  @Test func refusesWhatIsNoCluster() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      mkdir(configuration.dataDirectory, 0o755)
      mkdir("\(configuration.dataDirectory)/postgres", 0o700)
      let error = try await refusal(configuration)
      #expect(error == .notData(path: "\(configuration.dataDirectory)/postgres"))
    }
  }

  @Test func refusesTheDataOfAVersionThatIsNotInstalled() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { _ in }
      let cluster = "\(configuration.dataDirectory)/postgres"
      try overwrite("\(cluster)/PG_VERSION", with: "9\n")
      let error = try await refusal(configuration)
      guard case .otherVersion(cluster, 9, let found) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!found.isEmpty)
      #expect(error.description.contains("was made by PostgreSQL 9"))
    }
  }

  @Test func quotesTheServersReasonWhenTheDataIsDamaged() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { _ in }
      try overwrite("\(configuration.dataDirectory)/postgres/global/pg_control", with: "x")
      let error = try await refusal(configuration)
      guard case .startFailed(let reason, let log) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(reason.hasPrefix("PANIC: ") && reason.contains("pg_control"))
      #expect(log == "\(configuration.dataDirectory)/postgres.log")
    }
  }

  @Test func quotesTheServersReasonForASettingThatItRefuses() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { _ in }
      var configuration = configuration
      configuration.overrides.append(ServerSetting("shared_buffers", "many", "not a number"))
      let error = try await refusal(configuration)
      guard case .startFailed(let reason, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(reason.hasPrefix("FATAL: configuration file"))
    }
  }

  @Test func refusesASocketPathBeyondTheSystemsLimit() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.socketParent = "/tmp/" + String(repeating: "x", count: 80)
      let error = try await refusal(configuration)
      #expect(error.description.contains("too long (a socket's path has at most 107 bytes)"))
    }
  }

  @Test func saysWhereItLookedForAServer() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.binaries = "/nowhere"
      let error = try await refusal(configuration)
      #expect(error == .noServer(reason: "no postgres and initdb in /nowhere"))
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can change to another account"))
  func namesTheDirectoryThatTheAccountCanNotEnter() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      let home = "\(configuration.dataDirectory)-home"
      mkdir(home, 0o700)
      var configuration = configuration
      configuration.dataDirectory = "\(home)/sluice/data"
      configuration.account = "nobody"
      let error = try await refusal(configuration)
      #expect(error == .notEnterable(path: home, account: "nobody"))
    }
  }

  @Test(
    .enabled(if: geteuid() == 0, "only root can change to another account"),
    arguments: ["root", "no-such-account"])
  func refusesAnAccountThatWillNotDo(name: String) async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      var configuration = configuration
      configuration.account = name
      let error = try await refusal(configuration)
      #expect(error.description.contains("PostgreSQL does not run as root"))
    }
  }

  /// Starts what cannot start.
  private func refusal(
    _ configuration: EmbeddedPostgresConfiguration
  ) async throws -> EmbeddedPostgresError {
    do {
      let server = try await EmbeddedPostgres.start(configuration, logger: .silent)
      await server.stop()
    } catch {
      #expect(!error.description.contains("\n"))
      return error
    }
    throw TestSupportError("it started")
  }

  private func overwrite(_ path: String, with text: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }
}
