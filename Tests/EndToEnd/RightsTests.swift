import Foundation
import TestSupport
import Testing

/// Tests of a server whose role does not own the schema.
struct RightsTests {
  /// Calls `body` with a role without rights, the connection string of its server, and that of the owner.
  private func withRole(_ body: (_ role: String, _ conninfo: String, _ owner: String) async throws -> Void)
    async throws
  {
    try await TestPostgres.shared.withDatabase { owner in
      let role = "role_\(UInt64.random(in: .min ... .max))"
      try await SQL.run("CREATE ROLE \(role)", on: owner)
      let outcome: Result<Void, any Error>
      do {
        try await Program.run(
          "sluiced", arguments: ["migrate"], environment: ["SLUICE_DATABASE_URL": owner]
        ) { migrate in
          let ending = try await migrate.exit()
          #expect(ending == .status(0), "\(migrate.standardError)")
        }
        outcome = .success(try await body(role, "\(owner) options='-c role=\(role)'", owner))
      } catch {
        outcome = .failure(error)
      }
      try await SQL.run("DROP OWNED BY \(role)", on: owner)
      try await SQL.run("DROP ROLE \(role)", on: owner)
      try outcome.get()
    }
  }

  private func expectServes(_ conninfo: String, _ owner: String) async throws {
    try await Daemon.run(over: conninfo) { daemon in
      let (exit, result, errors) = try await publish(to: daemon.tcpPort, ["--events", "1000"])
      #expect(exit == .status(0), "\(errors)")
      try await expectConserved(owner, unique: try #require(result?.uniqueExpected))
    }
  }

  @Test func aServerRunsWithTheRightsThatGrantsPrints() async throws {
    try await withRole { role, conninfo, owner in
      try await Program.run("sluiced", arguments: ["grants", role]) { grants in
        let ending = try await grants.exit()
        #expect(ending == .status(0), "\(grants.standardError)")
        try await SQL.run(grants.standardOutput, on: owner)
      }
      try await expectServes(conninfo, owner)
    }
  }

  /// One line names every right that is missing, and its statements are enough.
  @Test func aStartWithoutRightsPrintsTheStatementsThatGiveThem() async throws {
    try await withRole { _, conninfo, owner in
      try await Program.run(
        "sluiced", arguments: ["--tcp-port", "0", "--http-port", "0", "--log-level", "error"],
        environment: ["SLUICE_DATABASE_URL": conninfo]
      ) { program in
        let ending = try await program.exit()
        #expect(ending == .status(5), "\(program.standardError)")
        let lines = program.standardError.split(separator: "\n")
        #expect(lines.count == 1, "\(lines)")
        let statements = try #require(lines.first?.firstMatch(of: /GRANT .*;/)?.output)
        try await SQL.run(String(statements), on: owner)
      }
      try await expectServes(conninfo, owner)
    }
  }

  @Test func grantsNeedsARole() async throws {
    try await Program.run("sluiced", arguments: ["grants"]) { program in
      let ending = try await program.exit()
      #expect(ending == .status(2))
      #expect(program.standardError.contains("needs the name of a database role"))
    }
  }
}
