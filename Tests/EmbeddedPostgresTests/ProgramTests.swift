import Glibc
import TestSupport
import Testing

@Suite struct ProgramTests {
  @Test func givesTheFirstLineWhileTheProgramRuns() async throws {
    try await Program.run("/bin/sh", arguments: ["-c", "echo ready; exec sleep 600"]) { program in
      let line = try await program.firstLine()
      #expect(line == "ready")
      program.send(SIGTERM)
      let exit = try await program.exit()
      #expect(exit == .signal(SIGTERM))
    }
  }

  @Test func givesStatusAndAllOutputAtTheEnd() async throws {
    try await Program.run("/bin/sh", arguments: ["-c", "echo out; echo err >&2; exit 3"]) { program in
      let exit = try await program.exit()
      #expect(exit == .status(3))
      #expect(program.standardOutput == "out\n")
      #expect(program.standardError == "err\n")
    }
  }

  @Test func failsInsteadOfWaitingForALineThatNeverComes() async throws {
    try await Program.run("/bin/sh", arguments: ["-c", "echo sorry >&2"]) { program in
      _ = await #expect(throws: TestSupportError.self) { try await program.firstLine() }
    }
  }

  @Test func killsWhatItsBodyLeavesRunning() async throws {
    let pid = try await Program.run("/bin/sh", arguments: ["-c", "echo x; exec sleep 600"]) { program in
      _ = try await program.firstLine()
      return program.pid
    }
    #expect(kill(pid, 0) == -1 && errno == ESRCH)
  }

  @Test func passesTheNamedEnvironmentAlone() async throws {
    try await Program.run("/usr/bin/env", environment: ["SLUICE_X": "1"]) { program in
      _ = try await program.exit()
      let names = program.standardOutput.split(separator: "\n").map { $0.prefix { $0 != "=" } }
      #expect(names.sorted() == ["PATH", "SLUICE_X"])
    }
  }
}
