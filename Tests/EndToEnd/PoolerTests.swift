import Foundation
import TestSupport
import Testing

/// Tests with a PgBouncer between the daemon and its database.
struct PoolerTests {
  private static let pooler = "/usr/sbin/pgbouncer"
  private static let isThere = FileManager.default.isExecutableFile(atPath: pooler)
  private static let absence: Comment =
    "SKIPPED: there is no /usr/sbin/pgbouncer; Scripts/setup.sh installs it"

  /// Calls `body` with a connection string that leads through a pooler in `mode` to the database of
  /// `conninfo`.
  private func withPooler(
    _ mode: String, to conninfo: String, _ body: (String) async throws -> Void
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
        pool_mode = \(mode)
        default_pool_size = 30
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

  @Test(.enabled(if: PoolerTests.isThere, PoolerTests.absence), arguments: ["transaction", "statement"])
  func aPoolerThatDealsBackendsByTransactionIsRefused(_ mode: String) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPooler(mode, to: conninfo) { pooled in
        try await Program.run(
          "sluiced", arguments: ["--tcp-port", "0", "--http-port", "0"],
          environment: ["SLUICE_DATABASE_URL": pooled]
        ) { program in
          let exit = try await program.exit()
          #expect(exit == .status(5), "\(program.standardError)")
          #expect(program.standardError.contains("pool_mode=session"), "\(program.standardError)")
        }
      }
    }
  }

  @Test(.enabled(if: PoolerTests.isThere, PoolerTests.absence))
  func aPoolerThatKeepsBackendsForSessionsWorks() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPooler("session", to: conninfo) { pooled in
        try await Daemon.run(over: pooled) { daemon in
          let (exit, result, errors) = try await publish(
            to: daemon.tcpPort, ["--events", "5000", "--wait", "60s"])
          #expect(exit == .status(0), "\(errors)")
          #expect(result?.committed == 5_000)
          try await expectConserved(conninfo, unique: try #require(result?.uniqueExpected))
          let ending = try await daemon.stop()
          #expect(ending == .status(0))
        }
      }
    }
  }
}
