import Foundation
import TestSupport
import Testing

/// Tests in which the database is killed or unavailable while events arrive.
struct DatabaseFaultTests {
  /// Returns the first process of the embedded server, from the first line of its pid file; nil while the server
  /// writes the file.
  private func postmaster(in directory: String) -> pid_t? {
    let file = try? String(contentsOfFile: "\(directory)/data/postgres/postmaster.pid", encoding: .utf8)
    return file?.split(separator: "\n").first.flatMap { pid_t($0) }
  }

  @Test func aKilledPostgresIsStartedAgainAndNothingIsLost() async throws {
    try await withTemporaryDirectory { directory in
      try await Daemon.run(arguments: ["--data-dir", "\(directory)/data"]) { daemon in
        let arguments = ["--port", "\(daemon.tcpPort)", "--events", "40000", "--rate", "20000", "--json"]
        try await Program.run("sluice-publish", arguments: arguments) { publisher in
          for _ in 0..<2 {
            let before = try await received(by: daemon)
            try await waitUntil {
              let now = try await received(by: daemon)
              return now > before + 3_000 || now == 40_000
            }
            let killed = try #require(postmaster(in: directory))
            kill(killed, SIGKILL)
            try await waitUntil { postmaster(in: directory).map { $0 != killed } ?? false }
            try await waitUntil { try await daemon.get("/health").status == 200 }
          }
          let ending = try await publisher.exit()
          #expect(ending == .status(0), "\(publisher.standardError)")
          let result = try JSONDecoder.snakeCase.decode(
            PublishResult.self, from: Data(publisher.standardOutput.utf8))
          let stats: Stats = try await daemon.get("/stats").decode()
          let unique = try #require(result.uniqueExpected)
          let expected = Stats(
            received: 40_000, uniqueProcessed: unique, duplicateDropped: 40_000 - unique, dead: 0)
          #expect(stats == expected)
        }
        let stopped = try await daemon.stop()
        #expect(stopped == .status(0), "\(daemon.program.standardError)")
      }
    }
  }

  /// Returns the number of events counted as received; 0 while the database is unavailable.
  private func received(by daemon: Daemon) async throws -> Int {
    let answer = try await daemon.get("/stats")
    guard answer.status == 200 else { return 0 }
    return try answer.decode(Stats.self).received
  }
}
