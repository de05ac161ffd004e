import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests of the real `sluice` against a real server.
struct ShellTests {
  /// Publishes lines over HTTP.
  private func post(_ port: Int, _ lines: String) async throws {
    let url = "http://127.0.0.1:\(port)/publish"
    let answer = try await Curl(url, ["-H", "Content-Type: application/x-ndjson", "--data-binary", lines])
    #expect(answer.status == 200, "\(answer.body)")
  }

  private func line(_ id: String, topic: String = "orders.new", payload: String = "{}") -> String {
    #"{"topic":"\#(topic)","event_id":"\#(id)","timestamp":"2026-01-02T03:04:05Z","source":"s","payload":\#(payload)}"#
  }

  @Test func aQueryGoesOnToTheEndInEveryForm() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        // More than the server gives in one page.
        let run = try await publish(to: daemon.tcpPort, ["--events", "2500", "--topics", "5"])
        #expect(run.exit == .status(0), "\(run.errors)")
        let unique = try #require(run.result?.unique)
        for (arguments, most) in [
          ([], unique), (["--limit", "1200"], min(unique, 1_200)),
        ] as [([String], Int)] {
          let lines = try await ShellRun(
            port: daemon.httpPort, ["query", "--format", "ndjson"] + arguments)
          #expect(lines.exit == .status(0) && lines.complaints.isEmpty, "\(lines.errors)")
          let events = try lines.lines.map {
            try JSONDecoder.snakeCase.decode(ListedEvent.self, from: Data($0.utf8))
          }
          #expect(events.count == most && Set(events.map(\.eventId)).count == most)
        }
        let array = try await ShellRun(port: daemon.httpPort, ["query", "--json", "--order", "asc"])
        #expect(try array.decode([ListedEvent].self).count == unique)
        let rows = try await ShellRun(port: daemon.httpPort, ["query", "--format", "csv", "--limit", "7"])
        #expect(rows.output.components(separatedBy: "\r\n").count == 9, "a header, 7 rows, and the end")
        let counts = try await ShellRun(
          port: daemon.httpPort, ["counts", "--since", "1h", "--interval", "10m", "--json"])
        struct Count: Decodable { let events: Int }
        #expect(try counts.decode([Count].self).reduce(0) { $0 + $1.events } == unique)
      }
    }
  }

  @Test func everyListAndFigureIsShownAsTextAndAsJSON() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let run = try await publish(
          to: daemon.tcpPort, ["--events", "300", "--topics", "5", "--name", "shop"])
        #expect(run.exit == .status(0), "\(run.errors)")
        for (arguments, words) in [
          (["stats"], "300 received"), (["topics"], "5 topics"), (["producers", "--connected"], "PRODUCER"),
          (["producers"], "shop"), (["producers", "--name", "sh*", "--grep", "HO"], "1 producer"),
          (["producers", "--name", "sho"], "0 producers"), (["dead"], "REASON"),
          (["top", "--count", "1"], "PRODUCERS"),
        ] {
          let text = try await ShellRun(port: daemon.httpPort, arguments)
          #expect(text.exit == .status(0) && text.output.contains(words), "\(arguments): \(text)")
          #expect(!text.output.contains("\u{1B}"), "colours need a terminal")
          let json = try await ShellRun(port: daemon.httpPort, arguments + ["--json"])
          #expect(json.exit == .status(0), "\(arguments): \(json.errors)")
          #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.output.utf8)) }
        }
      }
    }
  }

  @Test func oneEventIsFoundByItsKeyWhateverItsName() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        try await post(
          daemon.httpPort, line("a/b ?é\\u001b", topic: "x y/%z", payload: #"{"n":1.50,"s":"\u202e"}"#))
        let text = try await ShellRun(port: daemon.httpPort, ["get", "x y/%z", "a/b ?é\u{1B}"])
        #expect(text.exit == .status(0), "\(text.errors)")
        #expect(
          text.output.contains(#""a/b ?é\u{1b}""#) && text.output.contains(#""s": "\u202e""#),
          "\(text.output)")
        let json = try await ShellRun(port: daemon.httpPort, ["get", "x y/%z", "a/b ?é\u{1B}", "--json"])
        #expect(json.output.contains(#""n": 1.50"#), "\(json.output)")
        let none = try await ShellRun(port: daemon.httpPort, ["get", "x y/%z", "none"])
        #expect(none.exit == .status(1) && none.output.isEmpty)
        #expect(none.errors == "sluice: there is no event none of the topic \"x y/%z\"\n")
        let found = try await ShellRun(
          port: daemon.httpPort, ["query", "--topic", "x*", "--field", "n=1.5", "--grep", "1.5"])
        #expect(found.lines.count == 1, "\(found)")
      }
    }
  }

  /// The reader ends after the line that it waits for; the tail must end then, too, although no further event comes.
  @Test func aTailEndsQuietlyWithItsReader() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let script = """
          set -o pipefail
          "$1" tail --json --topic 'orders.*' --url "$2" | {
            read -r && echo began
            until [[ $line == *last* ]]; do read -r line || exit; done
          }
          echo "ended ${PIPESTATUS[0]}"
          """
        let arguments = [
          "-c", script, "bash", try Program.path(of: "sluice"), "http://127.0.0.1:\(daemon.httpPort)",
        ]
        try await Program.run("/bin/bash", arguments: arguments) { shell in
          try await publishUntilShown(daemon, by: shell)
          try await post(daemon.httpPort, line("last"))
          _ = try await shell.line { $0 == "ended 0" }
          #expect(shell.standardError.isEmpty, "\(shell.standardError)")
          #expect(shell.standardOutput == "began\nended 0\n")
        }
        try await waitUntil { try await subscribers(daemon) == 0 }
      }
    }
  }

  /// Publishes events until a tail shows one of them. A tail begins when the server has read its position, and no
  /// figure of the server tells that moment.
  private func publishUntilShown(_ daemon: Daemon, by tail: Program) async throws {
    var number = 0
    try await waitUntil {
      number += 1
      try await post(daemon.httpPort, line("first-\(number)"))
      return !tail.standardOutput.isEmpty
    }
  }

  private func subscribers(_ daemon: Daemon) async throws -> Int {
    let metrics = try await daemon.get("/metrics").text
    return metrics.split(separator: "\n").first { $0.hasPrefix("sluice_tail_subscribers ") }
      .flatMap { Int($0.split(separator: " ")[1]) } ?? -1
  }

  @Test func aTailThatIsCutGoesOnWithoutLossOrRepetition() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        try await FaultProxy.run(to: .tcp(port: UInt16(daemon.httpPort)), speaking: .opaque) { proxy in
          let url = "http://127.0.0.1:\(proxy.port)"
          try await Program.run("sluice", arguments: ["tail", "--json", "--url", url]) { tail in
            try await publishUntilShown(daemon, by: tail)
            for round in 0..<4 {
              try await post(daemon.httpPort, (0..<10).map { line("\(round)-\($0)") }.joined(separator: "\n"))
              _ = try await tail.line { $0.contains("\"\(round)-9\"") }
              proxy.cutAll()
            }
            let ids = try tail.standardOutput.split(separator: "\n").map {
              try JSONDecoder.snakeCase.decode(ListedEvent.self, from: Data($0.utf8)).eventId
            }
            #expect(Set(ids).count == ids.count, "each event is shown once")
            #expect(ids.count { !$0.hasPrefix("first") } == 40, "\(tail.standardError)")
          }
        }
      }
    }
  }
}
