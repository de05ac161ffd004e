import Foundation
import TestSupport
import Testing

/// Tests of what a person sees who starts the programs for the first time.
struct FirstContactTests {
  /// Runs `sluiced` on a terminal while `body` runs. The terminal is closed when `script` ends.
  private func onATerminal<Value>(
    _ arguments: [String], _ body: (Program) async throws -> Value
  ) async throws -> Value {
    let command =
      try ["exec", Program.path(of: "sluiced")] + ["--tcp-port", "0", "--http-port", "0"] + arguments
    return try await Program.run(
      "/usr/bin/script",
      arguments: [
        "--quiet", "--return", "--flush", "--command", command.joined(separator: " "), "/dev/null",
      ],
      body)
  }

  @Test func onATerminalItPrintsWhatAPersonNeedsNext() async throws {
    try await withTemporaryDirectory { directory in
      let data = "\(directory)/data"
      try await onATerminal(["--data-dir", data]) { terminal in
        _ = try await terminal.line { $0.contains("Ctrl-C") }
        let text = terminal.standardOutput.replacingOccurrences(of: "\r", with: "")
        #expect(!text.contains("\"ready\""))
        let rows = text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        func value(_ name: String) -> String? {
          rows.first { $0.first == name }?.last?.trimmingCharacters(in: .whitespaces)
        }
        #expect(value("data") == data)
        let port = try #require(value("open")?.split(separator: ":").last?.dropLast())
        #expect(try await Answer.of(port: try #require(Int(port)), "/livez").status == 200)
        let psql = try #require(text.split(separator: "\n").first { $0.contains("psql '") })
        let count = try await run(
          "\(psql) --no-psqlrc --tuples-only --command 'SELECT count(*) FROM sluice.events'")
        #expect(count.trimmingCharacters(in: .whitespacesAndNewlines) == "0")
        let address = try #require(value("producers"))
        #expect(value("try")?.contains("--port \(try #require(address.split(separator: ":").last))") == true)
      }
    }
  }

  @Test func onATerminalItPrintsTheLineForProgramsWhenAsked() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let arguments = ["--ready-json", "--database-url", "\"\(conninfo)\""]
      try await onATerminal(arguments) { terminal in
        _ = try await terminal.line { $0.hasPrefix(#"{"ready":true,"#) }
        #expect(!terminal.standardOutput.contains("Ctrl-C"))
      }
    }
  }

  /// A person who closes the window leaves no server behind.
  @Test func aTerminalThatIsClosedStopsItInOrder() async throws {
    try await withTemporaryDirectory { directory in
      try await onATerminal(["--data-dir", "\(directory)/data"]) { terminal in
        _ = try await terminal.line { $0.contains("Ctrl-C") }
        let file = "\(directory)/data/postgres/postmaster.pid"
        #expect(FileManager.default.fileExists(atPath: file))
        terminal.send(SIGKILL)
        try await waitUntil { !FileManager.default.fileExists(atPath: file) }
      }
    }
  }

  @Test func aHangupWithoutATerminalStopsNothing() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        daemon.program.send(SIGHUP)
        let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "100"])
        #expect(exit == .status(0), "\(errors)")
        #expect(try await daemon.get("/livez").status == 200)
      }
    }
  }

  @Test func theLogHasFiguresAtInfoAndGroupsAtDebug() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      for level in ["info", "debug"] {
        try await Daemon.run(over: conninfo, arguments: ["--log-level", level]) { daemon in
          let (exit, _, errors) = try await publish(
            to: daemon.tcpPort, ["--events", "3000", "--duplicates", "0.5"])
          #expect(exit == .status(0), "\(errors)")
          _ = try await daemon.program.errorLine { $0.contains("events arrive") }
          let ending = try await daemon.stop()
          #expect(ending == .status(0))
          let log = daemon.program.standardError
          let figures = log.split(separator: "\n").filter { $0.contains("events since the last figures") }
          #expect(figures.count == 1, "\(log)")
          #expect(figures.first?.contains("ingest.unique=1500") == true, "\(figures)")
          #expect(log.contains("group committed") == (level == "debug"))
        }
      }
    }
  }

  @Test func anAbsentDatabaseIsReportedAtOnceAndEveryFiveSeconds() async throws {
    try await Program.run(
      "sluiced", arguments: ["--tcp-port", "0", "--http-port", "0", "--log-format", "json"],
      environment: ["SLUICE_DATABASE_URL": "host=/nowhere user=app password=hunter2"]
    ) { program in
      func times(_ message: String) -> [Date] {
        program.standardError.split(separator: "\n").filter { $0.contains(message) }.compactMap {
          (try? JSONDecoder().decode(LogLine.self, from: Data($0.utf8))).flatMap {
            try? Date($0.time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
          }
        }
      }
      try await waitUntil { times("waiting for the database").count == 3 }
      let begin = try #require(times("connecting to the database").first)
      let waits = times("waiting for the database").map { $0.timeIntervalSince(begin) }
      #expect(waits[0] < 4, "the first line does not wait for an interval: \(waits)")
      #expect(waits[1] - waits[0] > 4.9 && waits[2] - waits[1] > 4.9, "\(waits)")
      #expect(program.standardError.contains("/nowhere") && !program.standardError.contains("hunter2"))
      program.send(SIGTERM)
      let ending = try await program.exit()
      #expect(ending == .status(0))
    }
  }

  private struct LogLine: Decodable { let time: String }

  @Test func sluicePublishWithoutArgumentsPrintsItsHelpAndSendsNothing() async throws {
    try await Program.run("sluice-publish") { program in
      let ending = try await program.exit()
      #expect(ending == .status(64))
      for part in ["nothing to publish", "sluice-publish generate --events", "--input", "--follow"] {
        #expect(program.standardError.contains(part), "\(part) is missing in: \(program.standardError)")
      }
    }
  }

  /// Runs a line in a shell and returns its output.
  private func run(_ line: String) async throws -> String {
    try await Program.run("/bin/sh", arguments: ["-c", line]) {
      let exit = try await $0.exit()
      #expect(exit == .status(0), "\($0.standardError)")
      return $0.standardOutput
    }
  }
}
