import Foundation
import TestSupport
import Testing

/// Tests with a PgBouncer between the daemon and its database.
struct PoolerTests {
  private static let pooler = "/usr/sbin/pgbouncer"
  private static let isThere = FileManager.default.isExecutableFile(atPath: pooler)
  private static let absence: Comment =
    "SKIPPED: there is no /usr/sbin/pgbouncer; Scripts/setup.sh installs it"

  /// A pooler, and what a server over it does.
  struct Pooler: Sendable {
    enum Outcome {
      case serves
      /// The start ends with status 5.
      case isRefused
      /// The log says that the pool is used up: before the start is done, or after it.
      case isTooSmall(afterStart: Bool)
    }

    let mode: String
    /// Number of connections to the database.
    let size: Int
    let outcome: Outcome
  }

  private static let writers = 4

  /// Calls `body` with a connection string that leads through the pooler to the database of `conninfo`.
  private func with(
    _ pooler: Pooler, to conninfo: String, _ body: (String) async throws -> Void
  ) async throws {
    let host = try #require(conninfo.firstMatch(of: /host='([^']+)'/)?.1)
    let name = try #require(conninfo.firstMatch(of: /dbname=(test_[0-9]+)/)?.1)
    try await withTemporaryDirectory { directory in
      chmod(directory, 0o777)
      let file = "\(directory)/pgbouncer.ini"
      let settings = """
        [databases]
        * = host=\(host) port=5432 user=sluice
        [pgbouncer]
        listen_addr =
        listen_port = 6432
        unix_socket_dir = \(directory)
        auth_type = any
        pool_mode = \(pooler.mode)
        default_pool_size = \(pooler.size)
        """
      try settings.write(toFile: file, atomically: false, encoding: .utf8)
      // PgBouncer refuses to run as root. The account of the server may enter the directory of the socket.
      let account = geteuid() == 0 ? ["-u", "postgres"] : []
      try await Program.run(Self.pooler, arguments: account + [file]) { program in
        _ = try await program.errorLine { $0.contains("process up") }
        try await body("host='\(directory)' port=6432 user=sluice dbname=\(name)")
      }
    }
  }

  @Test(
    .enabled(if: PoolerTests.isThere, PoolerTests.absence),
    arguments: [
      // The pool that docs/operations.md names for this number of writers.
      Pooler(mode: "session", size: writers + 10, outcome: .serves),
      // The start compares two connections.
      Pooler(mode: "session", size: 1, outcome: .isTooSmall(afterStart: false)),
      Pooler(mode: "session", size: writers, outcome: .isTooSmall(afterStart: true)),
      Pooler(mode: "transaction", size: 30, outcome: .isRefused),
      Pooler(mode: "transaction", size: 1, outcome: .isRefused),
      Pooler(mode: "statement", size: 30, outcome: .isRefused),
    ])
  func aServerServesOrSaysInOneLineWhyNot(_ pooler: Pooler) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await with(pooler, to: conninfo) { pooled in
        switch pooler.outcome {
        case .serves: try await expectServes(pooled, conninfo)
        case .isRefused: try await expectRefuses(pooled)
        case .isTooSmall(afterStart: false): try await expectWaitsForConnections(pooled)
        case .isTooSmall(afterStart: true):
          try await Daemon.run(over: pooled, arguments: Self.arguments) { daemon in
            _ = try await daemon.program.errorLine(where: Self.isExplained)
          }
        }
      }
    }
  }

  private func expectServes(_ pooled: String, _ conninfo: String) async throws {
    try await Daemon.run(over: pooled, arguments: Self.arguments) { daemon in
      let (exit, result, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "5000", "--wait", "60s"])
      #expect(exit == .status(0), "\(errors)")
      #expect(result?.committed == 5_000)
      for path in ["/health", "/stats", "/events", "/topics"] {
        #expect(try await daemon.get(path).status == 200)
      }
      try await expectConserved(conninfo, unique: try #require(result?.uniqueExpected))
      let ending = try await daemon.stop()
      #expect(ending == .status(0))
      #expect(!daemon.program.standardError.contains("its pool is used up"))
    }
  }

  private func expectRefuses(_ pooled: String) async throws {
    try await withStart(over: pooled) { program in
      let exit = try await program.exit()
      #expect(exit == .status(5), "\(program.standardError)")
      #expect(program.standardError.contains("pool_mode=session"), "\(program.standardError)")
    }
  }

  /// The start says what it waits for, and a signal ends it.
  private func expectWaitsForConnections(_ pooled: String) async throws {
    try await withStart(over: pooled) { program in
      _ = try await program.errorLine(where: Self.isExplained)
      program.send(SIGTERM)
      #expect(try await program.exit() == .status(0), "\(program.standardError)")
    }
  }

  private func withStart(over pooled: String, _ body: (Program) async throws -> Void) async throws {
    try await Program.run(
      "sluiced", arguments: ["--tcp-port", "0", "--http-port", "0"] + Self.arguments,
      environment: ["SLUICE_DATABASE_URL": pooled], body)
  }

  private static let arguments = ["--writers-count", "\(writers)"]

  @Sendable private static func isExplained(_ line: String) -> Bool {
    line.contains("got no answer within") && line.contains("its pool is used up")
  }
}
