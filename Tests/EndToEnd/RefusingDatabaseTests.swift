import Foundation
import TestSupport
import Testing

/// Tests of a database that answers but takes no events. That is never the fault of an event, and it is
/// temporary.
struct RefusingDatabaseTests {
  /// A cause that makes inserts fail, and its repair.
  struct Refusal: Sendable, CustomStringConvertible {
    let description: String
    /// The SQLSTATE in the log.
    let state: String
    let breaking: String
    let mending: String
  }

  static let refusals = [
    Refusal(
      description: "a CHECK", state: "23514",
      breaking: "ALTER TABLE sluice.events ADD CONSTRAINT none CHECK (topic IS NULL) NOT VALID",
      mending: "ALTER TABLE sluice.events DROP CONSTRAINT none"),
    Refusal(
      description: "a missing table", state: "42P01", breaking: "ALTER TABLE sluice.events RENAME TO away",
      mending: "ALTER TABLE sluice.away RENAME TO events"),
    Refusal(
      description: "a revoked right", state: "42501",
      breaking: "REVOKE INSERT ON sluice.events FROM writing_role",
      mending: "GRANT INSERT ON sluice.events TO writing_role"),
  ]

  @Test(arguments: refusals) func waitsLoudlyAndGivesNoEventUp(_ refusal: Refusal) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withWritingRole(conninfo) { role, limited in
        func name(_ sql: String) -> String { sql.replacing("writing_role", with: role) }
        try await Daemon.run(over: limited) { daemon in
          try await RunningPublisher.runUntilStopped(to: [daemon.tcpPort], rate: 15_000) { publisher in
            try await waitForEvents(3_000, in: conninfo)
            try await SQL.run(name(refusal.breaking), on: conninfo)
            _ = try await daemon.program.errorLine {
              $0.contains("does not take events") && $0.contains(refusal.state)
            }
            #expect(try await daemon.get("/health").status == 503)
            try await SQL.run(name(refusal.mending), on: conninfo)
            publisher.stop()
            let result = try await publisher.finish(alone: conninfo)
            #expect(result.dead == 0)
            #expect(try await daemon.get("/health").status == 200)
          }
        }
      }
    }
  }

  /// Calls `body` with a role that has only the rights that a server needs, and its connection string.
  private func withWritingRole(
    _ conninfo: String, _ body: (_ role: String, _ conninfo: String) async throws -> Void
  ) async throws {
    let role = "writing_\(UInt32.random(in: .min ... .max))"
    try await Program.run("sluiced", arguments: ["migrate"], environment: ["SLUICE_DATABASE_URL": conninfo]) {
      let exit = try await $0.exit()
      #expect(exit == .status(0), "\($0.standardError)")
    }
    try await SQL.run(
      """
      CREATE ROLE \(role);
      GRANT USAGE ON SCHEMA sluice TO \(role);
      GRANT ALL ON ALL TABLES IN SCHEMA sluice TO \(role);
      GRANT ALL ON ALL SEQUENCES IN SCHEMA sluice TO \(role);
      """, on: conninfo)
    do {
      try await body(role, "\(conninfo) options='-c role=\(role)'")
    } catch {
      try await SQL.run("DROP OWNED BY \(role); DROP ROLE \(role)", on: conninfo)
      throw error
    }
    try await SQL.run("DROP OWNED BY \(role); DROP ROLE \(role)", on: conninfo)
  }
}
