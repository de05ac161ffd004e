import Foundation
import TestSupport
import Testing

/// Tests of the errors of a daemon that cannot start, and of the answers to a client with another protocol.
struct RefusalTests {
  @Test(arguments: [
    (["--tcp-prot", "1"], "tcp-port"),
    (["--tcp-port", "70000"], "tcp.port"),
    (["--writers-group-delay", "5"], "writers.group.delay"),
    (["--store-payload-type", "xml"], "store.payload.type"),
    (["--database-url", "postgres://me:secret@localhost/x"], "password"),
    (["--config", "/nowhere/sluice.yaml"], "/nowhere/sluice.yaml"),
    (["--tcp-host", "not an address"], "not an address"),
    (["--data-dir", "/proc/nowhere"], "/proc/nowhere"),
    (["--ingest-memory", "1MiB"], "ingest.memory"),
  ])
  func aWrongConfigurationIsOneClearLine(_ arguments: [String], _ named: String) async throws {
    try await Program.run("sluiced", arguments: arguments) { program in
      let exit = try await program.exit()
      let lines = program.standardError.split(separator: "\n").filter { !$0.contains(" info ") }
      #expect(exit != .status(0))
      #expect(lines.count == 1, "\(program.standardError)")
      #expect(lines.first?.contains(named) == true, "\(program.standardError)")
      #expect(!program.standardError.contains("secret"))
      #expect(program.standardOutput.isEmpty)
    }
  }

  @Test func aDatabaseThatIsNotThereIsOneClearLine() async throws {
    let environment = ["SLUICE_DATABASE_URL": "host=/nowhere dbname=x"]
    try await Program.run(
      "sluiced", arguments: ["--tcp-port", "0", "--http-port", "0"], environment: environment
    ) {
      let exit = try await $0.exit()
      #expect(exit != .status(0))
      #expect($0.standardError.contains("/nowhere"))
    }
  }

  @Test func aPortInUseIsNamed() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        try await Program.run(
          "sluiced", arguments: ["--tcp-port", "\(daemon.tcpPort)", "--http-port", "0"],
          environment: ["SLUICE_DATABASE_URL": conninfo]
        ) { second in
          let exit = try await second.exit()
          #expect(exit != .status(0))
          #expect(second.standardError.contains("\(daemon.tcpPort)"), "\(second.standardError)")
        }
      }
    }
  }

  @Test func aSecondDaemonOnADataDirectoryIsRefused() async throws {
    try await withTemporaryDirectory { directory in
      let arguments = ["--data-dir", "\(directory)/data"]
      try await Daemon.run(arguments: arguments) { daemon in
        try await Program.run("sluiced", arguments: arguments + ["--tcp-port", "0", "--http-port", "0"]) {
          second in
          let exit = try await second.exit()
          #expect(exit != .status(0))
          #expect(second.standardError.contains("data"), "\(second.standardError)")
        }
        #expect(try await daemon.get("/health").status == 200)
        let ending = try await daemon.stop()
        #expect(ending == .status(0))
      }
    }
  }

  @Test func anHTTPClientOnTheIngestPortIsToldSo() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let answer = try await Answer.of(port: daemon.tcpPort, "/stats")
        #expect(answer.status == 400)
      }
    }
  }

  @Test func anIngestClientOnTheHTTPPortGivesUpWithAReason() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let (exit, _, errors) = try await publish(to: daemon.httpPort, ["--events", "10", "--wait", "2s"])
        #expect(exit != .status(0))
        #expect(errors.contains("Sluice wire protocol"), "\(errors)")
        #expect(try await daemon.get("/health").status == 200)
      }
    }
  }
}
