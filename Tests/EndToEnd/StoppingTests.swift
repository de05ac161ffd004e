import Foundation
import TestSupport
import Testing

/// How a daemon ends when it is told to.
struct StoppingTests {
  /// Makes every commit wait, as if the database were very slow.
  private static let slowness = """
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(25); RETURN NULL; END $$;
    CREATE TRIGGER dawdle BEFORE INSERT ON sluice.events FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
    """

  /// Runs `body` with a daemon that has accepted batches and can not commit them.
  private func withStuckDaemon(
    _ arguments: [String] = [], _ body: (Daemon) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: arguments) { daemon in
        try await SQL.run(Self.slowness, on: conninfo)
        try await Program.run(
          "sluice-publish", arguments: ["--port", "\(daemon.tcpPort)", "--events", "2000", "--batch", "100"]
        ) { _ in
          try await waitUntil {
            let depth: QueueDepth = try await daemon.get("/stats").decode()
            return depth.queue.batches > 0
          }
          try await body(daemon)
        }
      }
    }
  }

  private struct QueueDepth: Decodable {
    struct Queue: Decodable { let batches: Int }
    let queue: Queue
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalUnderLoadCommitsWhatWasAccepted(_ signal: CInt) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let port = try await Daemon.run(over: conninfo) { $0.tcpPort }
      let environment = ["SLUICE_DATABASE_URL": conninfo]
      try await Program.run(
        "sluice-publish",
        arguments: ["--port", "\(port)", "--events", "30000", "--rate", "20000", "--json", "--wait", "60s"]
      ) { publisher in
        try await Daemon.run(tcpPort: port, arguments: [], environment: environment) { daemon in
          try await waitUntil { try await StoredSums.read(conninfo).received > 3_000 }
          daemon.program.send(signal)
          let ending = try await daemon.program.exit()
          #expect(ending == .status(0), "\(daemon.program.standardError)")
        }
        try await Daemon.run(tcpPort: port, arguments: [], environment: environment) { _ in
          let exit = try await publisher.exit()
          #expect(exit == .status(0), "\(publisher.standardError)")
        }
        let result = try JSONDecoder.snakeCase.decode(
          PublishResult.self, from: Data(publisher.standardOutput.utf8))
        #expect(result.committed == 30_000)
        try await expectConserved(conninfo, unique: try #require(result.uniqueExpected))
      }
    }
  }

  @Test func aSecondSignalEndsItAtOnce() async throws {
    try await withStuckDaemon { daemon in
      daemon.program.send(SIGTERM)
      _ = try await daemon.program.errorLine { $0.contains("stopping") }
      daemon.program.send(SIGTERM)
      let ending = try await daemon.program.exit()
      #expect(ending == .status(128 + SIGTERM))
    }
  }

  @Test func aDrainThatRunsOutOfTimeSaysWhatItAbandoned() async throws {
    try await withStuckDaemon(["--drain-seconds", "1"]) { daemon in
      let ending = try await daemon.stop()
      #expect(ending == .status(6))
      let last = daemon.program.standardError.split(separator: "\n").last
      #expect(last?.contains("accepted batches are abandoned") == true, "\(daemon.program.standardError)")
    }
  }
}
