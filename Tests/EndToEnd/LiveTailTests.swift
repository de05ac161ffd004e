import Foundation
import TestSupport
import Testing

/// Tests in which a program in another language follows the live tail of a real server. `make tail-test` does
/// the same with a million events.
struct LiveTailTests {
  private struct Outcome: Decodable {
    let stored: Int
    let came: Int
    let cuts: Int
    let problems: [String]
  }

  private static let follower = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "tail.py")

  /// Runs the follower with `command`.
  private func follow(
    _ daemon: Daemon, _ command: [String], silence: Int = 60
  ) async throws -> (Program.Exit, Outcome) {
    let arguments = [
      Self.follower.path, "--port", "\(daemon.httpPort)", "--events", "6000", "--cuts", "10", "--silence",
      "\(silence)",
    ]
    return try await Program.run("/usr/bin/python3", arguments: arguments + ["--"] + command) { follower in
      let exit = try await follower.exit()
      let output = Data(follower.standardOutput.utf8)
      return (exit, try JSONDecoder.snakeCase.decode(Outcome.self, from: output))
    }
  }

  @Test func showsEachEventOnceAlthoughItIsCutTenTimes() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: ["--tail-poll", "10ms"]) { daemon in
        let publisher = try Program.path(of: "sluice-publish")
        let (exit, outcome) = try await follow(
          daemon,
          [
            publisher, "--port", "\(daemon.tcpPort)", "--json", "--events", "10000", "--duplicates", "0.3",
            "--batch", "50", "--connections", "4",
          ])
        #expect(exit == .status(0) && outcome.problems == [])
        #expect(outcome.came == outcome.stored && outcome.came > 6_000 && outcome.cuts == 10)
      }
    }
  }

  /// The command claims that it stored an event, but it did not.
  @Test func theFollowerNoticesWhatIsMissing() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let (exit, outcome) = try await follow(daemon, ["/bin/echo", #"{"unique":1}"#], silence: 1)
        #expect(exit == .status(1) && !outcome.problems.isEmpty)
      }
    }
  }
}
