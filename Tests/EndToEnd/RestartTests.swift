import Foundation
import TestSupport
import Testing

/// Tests of the daemon with its embedded Postgres, stopped and killed.
struct RestartTests {
  @Test(arguments: [SIGTERM, SIGKILL]) func aRestartKeepsEverything(_ signal: CInt) async throws {
    try await withTemporaryDirectory { directory in
      let arguments = ["--data-dir", "\(directory)/data"]
      let first = try await Daemon.run(arguments: arguments) { daemon in
        #expect(daemon.database == "embedded")
        let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "5000", "--seed", "11"])
        #expect(exit == .status(0), "\(errors)")
        let stats: Stats = try await daemon.get("/stats").decode()
        daemon.program.send(signal)
        let expected: Program.Exit = signal == SIGTERM ? .status(0) : .signal(SIGKILL)
        let ending = try await daemon.program.exit()
        #expect(ending == expected)
        return stats
      }
      #expect(first.received == 5_000)
      try await Daemon.run(arguments: arguments) { daemon in
        let stats: Stats = try await daemon.get("/stats").decode()
        #expect(stats == first)
        let (exit, again, errors) = try await publish(
          to: daemon.tcpPort, ["--events", "5000", "--seed", "11"])
        #expect(exit == .status(0) || exit == .status(1), "\(errors)")
        #expect(again?.unique == 0)
        #expect(again?.duplicates == 5_000)
        let ending = try await daemon.stop()
        #expect(ending == .status(0))
      }
    }
  }

  @Test func aPublisherOutlivesAKilledServerWithExactCounts() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let environment = ["SLUICE_DATABASE_URL": conninfo]
      let port = try await Daemon.run(arguments: [], environment: environment) { $0.tcpPort }
      try await Program.run(
        "sluice-publish",
        arguments: [
          "--port", "\(port)", "--events", "60000", "--rate", "20000", "--batch", "200", "--json", "--wait",
          "60s",
        ]
      ) { publisher in
        // The first server is killed as soon as the publisher is connected, so that most events are still
        // unsent.
        try await Daemon.run(tcpPort: port, arguments: [], environment: environment) { daemon in
          try await waitUntil { try await daemon.gauge("sluice_connections") ?? 0 >= 1 }
          daemon.program.send(SIGKILL)
          _ = try await daemon.program.exit()
        }
        for _ in 0..<2 {
          try await Daemon.run(tcpPort: port, arguments: [], environment: environment) { daemon in
            let before = try await StoredSums.read(conninfo).received
            try await waitUntil {
              let received = try await StoredSums.read(conninfo).received
              return received > before + 5_000 || received == 60_000
            }
            daemon.program.send(SIGKILL)
            _ = try await daemon.program.exit()
          }
        }
        try await Daemon.run(tcpPort: port, arguments: [], environment: environment) { _ in
          let exit = try await publisher.exit()
          #expect(exit == .status(0), "\(publisher.standardError)")
        }
        let result = try JSONDecoder.snakeCase.decode(
          PublishResult.self, from: Data(publisher.standardOutput.utf8))
        #expect(result.reconnects >= 1)
        #expect(result.committed == 60_000)
        try await expectConserved(conninfo, unique: try #require(result.uniqueExpected))
      }
    }
  }
}
