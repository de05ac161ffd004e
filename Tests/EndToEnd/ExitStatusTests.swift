import Foundation
import TestSupport
import Testing

/// Tests that cause each exit status of `spec/configuration.md`.
struct ExitStatusTests {
  private static let anyPorts = ["--tcp-port", "0", "--http-port", "0"]

  /// Runs `sluiced` to its end.
  /// - Returns: The exit and the whole output.
  private func sluiced(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) async throws -> (exit: Program.Exit, output: String, errors: String) {
    try await Program.run("sluiced", arguments: arguments, environment: environment) { program in
      let exit = try await program.exit()
      return (exit, program.standardOutput, program.standardError)
    }
  }

  @Test(
    arguments: [
      (["--tcp-prot", "1"], 2), (["--writers-count", "0"], 2), (["chek-config"], 2),
      (["--config", "/nowhere.yaml"], 2),
      (["--data-dir", "/proc/nowhere"], 4),
    ] as [([String], Int32)])
  func aWrongStart(_ arguments: [String], _ status: Int32) async throws {
    let (exit, output, errors) = try await sluiced(arguments)
    #expect(exit == .status(status))
    #expect(output.isEmpty)
    #expect(errors.contains("sluiced: "))
  }

  /// Checks that the password is hidden, because libpq repeats a text that it cannot parse.
  @Test(
    arguments: [
      "postgresql+asyncpg://app:hunter2@db/a", "http://app:hunter2@db/a", "postgres://app:x/hunter2@db/a",
      "postgres://app:x@hunter2@db/a", "postgres://app:%zz-hunter2@db/a", "postgres://app@db/a?hunter2",
      "host=db password 'hunter2'",
    ], ["run", "audit"])
  func anUnusableDatabaseURL(_ url: String, _ command: String) async throws {
    let (exit, output, errors) = try await sluiced([command] + Self.anyPorts, ["SLUICE_DATABASE_URL": url])
    #expect(exit == .status(2))
    #expect(output.isEmpty)
    #expect(errors.contains("database.url"), "\(errors)")
    #expect(!errors.contains("hunter2"), "\(errors)")
  }

  @Test(arguments: ["--tcp-port", "--http-port"]) func aPortInUse(_ option: String) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let ports = ["--tcp-port": daemon.tcpPort, "--http-port": daemon.httpPort]
        let arguments = ports.flatMap { [$0.key, $0.key == option ? "\($0.value)" : "0"] }
        let (exit, output, errors) = try await sluiced(arguments, ["SLUICE_DATABASE_URL": conninfo])
        #expect(exit == .status(3))
        #expect(output.isEmpty)
        #expect(errors.contains(option == "--tcp-port" ? "tcp.port" : "http.port"), "\(errors)")
      }
    }
  }

  @Test func aDataDirectoryInUse() async throws {
    try await withTemporaryDirectory { directory in
      let arguments = ["--data-dir", "\(directory)/data"] + Self.anyPorts
      try await Daemon.run(arguments: arguments) { _ in
        let second = try await sluiced(arguments)
        #expect(second.exit == .status(4))
      }
    }
  }

  @Test func aSchemaOfANewerProgram() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let environment = ["SLUICE_DATABASE_URL": conninfo]
      #expect(try await sluiced(["migrate"], environment).exit == .status(0))
      try await SQL.run(
        "INSERT INTO sluice.schema_migrations (version, name) VALUES (999, 'of the future')", on: conninfo)
      for command in ["run", "migrate"] {
        let (exit, output, errors) = try await sluiced([command] + Self.anyPorts, environment)
        #expect(exit == .status(5))
        #expect(output.isEmpty)
        #expect(errors.contains("999"), "\(errors)")
      }
    }
  }

  @Test func aRoleWithoutTheNeededRights() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let role = "limited_\(UInt32.random(in: .min ... .max))"
      try await SQL.run("CREATE ROLE \(role)", on: conninfo)
      let limited = "\(conninfo) options='-c role=\(role)'"
      let (exit, output, errors) = try await sluiced(Self.anyPorts, ["SLUICE_DATABASE_URL": limited])
      try await SQL.run("DROP ROLE \(role)", on: conninfo)
      #expect(exit == .status(5))
      #expect(output.isEmpty)
      #expect(errors.contains("sluiced migrate"), "\(errors)")
    }
  }
}
