import TestSupport
import Testing

/// Commands whose output nobody reads any more, or that have none.
struct ClosedOutputTests {
  /// Runs a script of bash whose first argument is the path of a command, and the others are the ones given.
  private func run(_ script: String, _ command: String, _ arguments: [String]) async throws -> String {
    let words = ["-c", script, "bash", try Program.path(of: command)] + arguments
    return try await Program.run("/bin/bash", arguments: words) { shell in
      let exit = try await shell.exit()
      #expect(exit == .status(0))
      return shell.standardOutput + shell.standardError
    }
  }

  @Test func aRunWhoseReaderIsGoneEndsByItsOwnOutcome() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let script = #""$1" --port "$2" --events 100 --json 2>&1 | true; echo "ended ${PIPESTATUS[0]}""#
        let output = try await run(script, "sluice-publish", ["\(daemon.tcpPort)"])
        #expect(output == "ended 0\n")
        #expect(try await daemon.get("/stats").text.contains("\"received\":100,"))
      }
    }
  }

  /// The numbers 1 and 2 must not become those of a socket or of a file, which would get the report.
  @Test func aCommandWithoutOutputSaysSoOrIsSilent() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let error = "cannot write the result: Bad file descriptor"
        let script = #""$1" "${@:2}" >&-; echo "ended $?""#
        let publish = ["--port", "\(daemon.tcpPort)", "--events", "10", "--json"]
        #expect(try await run(script, "sluice-publish", publish).contains("sluice-publish: \(error)"))
        let url = "http://127.0.0.1:\(daemon.httpPort)"
        let listed = try await run(script, "sluice", ["topics", "--url", url])
        #expect(listed == "ended 1\nsluice: \(error)\n")
        let silent = #""$1" "${@:2}" >&- 2>&-; echo "ended $?""#
        #expect(try await run(silent, "sluice-publish", publish) == "ended 1\n")
        #expect(try await run(silent, "sluice", ["topics", "--url", url]) == "ended 1\n")
      }
    }
  }

  @Test(arguments: [
    (#""$1" "${@:2}" >&-"#, ["version"], "ended 70\nsluiced: cannot write the result: Bad file descriptor\n"),
    (
      #""$1" "${@:2}" >/dev/full"#, ["version"],
      "ended 70\nsluiced: cannot write the result: No space left on device; make room\n"
    ),
    (Self.withoutReader, ["configuration-reference"], "ended 0\n"),
    (#""$1" "${@:2}" 2>&-"#, ["no-command"], "ended 2\n"),
    (#""$1" "${@:2}" 2>/dev/full"#, ["no-command"], "ended 2\n"),
  ])
  func aCommandOfTheDaemonEndsByItsOwnStatus(script: String, arguments: [String], output: String) async throws
  {
    #expect(try await run("\(script); echo \"ended $?\"", "sluiced", arguments) == output)
  }

  /// The key is stored by then, and is shown only once.
  @Test(arguments: [#""$1" "${@:2}" >/dev/full"#, Self.withoutReader])
  func aKeyThatNobodyCouldReadIsToldAsSuch(script: String) async throws {
    try await withTemporaryDirectory { directory in
      let add = [
        "credentials", "add", "shop", "--role", "publish", "--auth-credentials", "\(directory)/keys.yaml",
      ]
      let output = try await run("\(script); echo \"ended $?\"", "sluiced", add)
      #expect(output.contains("the new key of shop is stored, and nobody has seen it"))
      #expect(output.contains("ended 70\n"))
    }
  }

  /// Runs the command when the reader of its output is gone.
  private static let withoutReader =
    #"{ trap "" PIPE; while printf . 2>/dev/null; do :; done; "$1" "${@:2}"; } | true; (exit ${PIPESTATUS[0]})"#
}
