import FaultProxy
import Foundation
import TestSupport
import Testing

/// Answers that were given and never arrived: whoever waits for them asks again, and hears the same.
struct LostAnswerTests {
  @Test func aCommitWhoseAnswerIsLostCountsOnce() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPostgresProxy(to: conninfo) { proxy, proxied in
        try await Daemon.run(over: proxied) { daemon in
          let arguments = ["--port", "\(daemon.tcpPort)", "--events", "40000", "--batch", "200", "--json"]
          try await Program.run("sluice-publish", arguments: arguments + ["--rate", "20000"]) { publisher in
            for _ in 0..<5 {
              let cut = proxy.arm(Fault(.cut, .toClient, .before(.commitAnswer)))
              try await waitUntil { cut.hasHappened }
            }
            let exit = try await publisher.exit()
            #expect(exit == .status(0), "\(publisher.standardError)")
            let result = try JSONDecoder.snakeCase.decode(
              PublishResult.self, from: Data(publisher.standardOutput.utf8))
            #expect(result.committed == 40_000)
            #expect(result.unique == result.uniqueExpected)
            try await expectConserved(conninfo, unique: try #require(result.uniqueExpected))
          }
        }
      }
    }
  }
}
