import Foundation
import TestSupport
import Testing

/// Tests of the insert routes with curl and a server that is killed.
struct InsertTests {
  /// The answer to JSON lines.
  private struct Answer: Decodable {
    let received: Int
    let processed: Int
    let duplicates: Int
    let dead: Int
  }

  private static func insert(_ file: String, to daemon: Daemon) async throws -> Curl {
    try await Curl(
      "http://127.0.0.1:\(daemon.httpPort)/insert/jsonline?topic=logs&_time_field=ts",
      ["--data-binary", "@\(file)", "--header", "Content-Type: application/x-ndjson"])
  }

  private static func rows(_ conninfo: String) async throws -> Int {
    Int(try await SQL.value("SELECT count(*) FROM sluice.events", on: conninfo)) ?? -1
  }

  @Test func aRepeatedRequestRecordsItsDeadEventsOnce() async throws {
    try await withTemporaryDirectory { directory in
      let file = "\(directory)/lines.ndjson"
      try Data("{\"n\":1}\n{bad\n{bad\n{\"n\":\"\\ud800\"}\n".utf8).write(to: URL(filePath: file))
      try await TestPostgres.shared.withDatabase { conninfo in
        for round in 0..<2 {
          try await Daemon.run(over: conninfo) { daemon in
            for request in 0..<2 {
              let body = try await Self.insert(file, to: daemon).body
              let answer = try JSONDecoder().decode(Answer.self, from: Data(body.utf8))
              #expect(answer.received == 4 && answer.dead == 3)
              #expect(answer.processed == (round + request == 0 ? 1 : 0))
            }
            #expect(try await daemon.stop() == .status(0))
          }
        }
        let dead = try await SQL.run(
          "SELECT reason FROM sluice.dead_events ORDER BY sequence, position", on: conninfo)
        #expect(dead == [["event_form"], ["event_form"], ["payload_escape"]])
        try await expectConserved(conninfo, unique: 1)
      }
    }
  }

  @Test func aRequestThatIsRepeatedAfterAKillCountsOnce() async throws {
    // Larger than a batch, so that a kill can come between two commits of one request.
    let count = 50_000
    try await withTemporaryDirectory { directory in
      try await TestPostgres.shared.withDatabase { conninfo in
        for round in 0..<3 {
          let file = "\(directory)/\(round).ndjson"
          // Every tenth line is like the one before it, and each of both is an event.
          let lines = (0..<count).map {
            "{\"ts\":17673230\(45 + round),\"n\":\($0 - ($0 % 10 == 9 ? 1 : 0))}\n"
          }
          try Data(lines.joined().utf8).write(to: URL(filePath: file))
          try await Daemon.run(over: conninfo) { daemon in
            async let cut = Self.insert(file, to: daemon)
            try await waitUntil { try await Self.rows(conninfo) > round * count }
            daemon.program.send(SIGKILL)
            _ = try await cut
            #expect(try await daemon.program.exit() == .signal(SIGKILL))
          }
          try await Daemon.run(over: conninfo) { daemon in
            let repeated = try await Self.insert(file, to: daemon)
            #expect(repeated.status == 200)
            let answer = try JSONDecoder().decode(Answer.self, from: Data(repeated.body.utf8))
            #expect(answer.received == count && answer.dead == 0)
            #expect(answer.processed + answer.duplicates == count && answer.duplicates > 0)
            #expect(try await daemon.stop() == .status(0))
          }
          try await expectConserved(conninfo, unique: (round + 1) * count)
        }
      }
    }
  }
}
