import Foundation
import TestSupport
import Testing

/// Tests of the commands of `sluiced` other than `run`.
struct CommandTests {
  @Test func checkConfigShowsWhatHoldsAndHidesPasswords() async throws {
    let environment = ["DATABASE_URL": "postgres://app:hunter2@db/a", "SLUICE_WRITERS_COUNT": "3"]
    try await Program.run(
      "sluiced", arguments: ["check-config", "--tcp-port", "17"], environment: environment
    ) { program in
      let ending = try await program.exit()
      #expect(ending == .status(0))
      let rows = program.standardOutput.split(separator: "\n").map {
        $0.split(separator: " ").map(String.init)
      }
      #expect(rows.contains(["tcp.port", "17", "--tcp-port"]))
      #expect(rows.contains(["writers.count", "3", "SLUICE_WRITERS_COUNT"]))
      #expect(rows.contains(["database.url", "(hidden)", "DATABASE_URL"]))
      #expect(!program.standardOutput.contains("hunter2"))
    }
  }

  @Test(arguments: ["--help", "--version", "configuration-reference"])
  func printsAndEnds(_ argument: String) async throws {
    try await Program.run("sluiced", arguments: [argument]) { program in
      let ending = try await program.exit()
      #expect(ending == .status(0))
      #expect(!program.standardOutput.isEmpty)
      #expect(program.standardError.isEmpty)
    }
  }

  @Test func auditTellsWhetherTheLawHolds() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let environment = ["SLUICE_DATABASE_URL": conninfo]
      try await Daemon.run(over: conninfo) { daemon in
        let (exit, _, errors) = try await publish(
          to: daemon.tcpPort, ["--events", "500", "--duplicates", "0.2"])
        #expect(exit == .status(0), "\(errors)")
        try await Program.run("sluiced", arguments: ["audit"], environment: environment) { audit in
          let ending = try await audit.exit()
          #expect(ending == .status(0), "\(audit.standardError)")
          #expect(audit.standardOutput.contains("received 500 = unique 400 + duplicate 100 + dead 0"))
        }
      }
      try await SQL.run(
        "DELETE FROM sluice.events WHERE ctid = (SELECT min(ctid) FROM sluice.events)", on: conninfo)
      try await Program.run("sluiced", arguments: ["audit"], environment: environment) { audit in
        let ending = try await audit.exit()
        #expect(ending == .status(1))
        #expect(audit.standardError.contains("the conservation law does not hold"))
      }
    }
  }

  @Test(arguments: ["audit", "maintenance"])
  func makesNoDatabaseWhereThereIsNone(_ command: String) async throws {
    try await withTemporaryDirectory { directory in
      let data = "\(directory)/data"
      try await Program.run("sluiced", arguments: [command, "--data-dir", data]) { program in
        let ending = try await program.exit()
        #expect(ending == .status(5))
        let lines = program.standardError.split(separator: "\n")
        #expect(
          lines.count == 1 && lines[0].hasPrefix("sluiced: there is no database in \(data):"), "\(lines)")
      }
      #expect(!FileManager.default.fileExists(atPath: data))
    }
  }

  @Test func auditWorksBesideTheServerThatRunsTheDatabase() async throws {
    try await withTemporaryDirectory { directory in
      let arguments = ["--data-dir", "\(directory)/data"]
      try await Daemon.run(arguments: arguments) { daemon in
        let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "300"])
        #expect(exit == .status(0), "\(errors)")
        try await Program.run("sluiced", arguments: ["audit"] + arguments) { audit in
          let ending = try await audit.exit()
          #expect(ending == .status(0), "\(audit.standardError)")
          #expect(audit.standardOutput.contains("received 300"), "\(audit.standardOutput)")
        }
        #expect(try await daemon.get("/health").status == 200)
      }
    }
  }

  @Test(
    arguments: [([], "pruned 0 batches"), (["--json"], #"{"ran":true,"pruned_batches":0,"#)]
      as [([String], String)])
  func maintenanceWorksBesideTheServerThatRunsTheDatabase(_ more: [String], _ words: String) async throws {
    try await withTemporaryDirectory { directory in
      let arguments = ["--data-dir", "\(directory)/data"]
      try await Daemon.run(arguments: arguments) { daemon in
        let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "300"])
        #expect(exit == .status(0), "\(errors)")
        // The server does maintenance at its start, under the lease that this command needs.
        try await waitUntil {
          try await Program.run("sluiced", arguments: ["maintenance"] + arguments + more) { maintenance in
            let ending = try await maintenance.exit()
            #expect(ending == .status(0), "\(maintenance.standardError)")
            return maintenance.standardOutput.contains(words)
          }
        }
        #expect(try await daemon.get("/health").status == 200)
      }
    }
  }

  @Test func auditReadsAStandby() async throws {
    try await StandbyPair.run { pair in
      try await Daemon.run(over: pair.primary.conninfo) { daemon in
        let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "400"])
        #expect(exit == .status(0), "\(errors)")
      }
      try await pair.catchUp()
      try await Program.run(
        "sluiced", arguments: ["audit"], environment: ["SLUICE_DATABASE_URL": pair.standby.conninfo]
      ) { audit in
        let ending = try await audit.exit()
        #expect(ending == .status(0), "\(audit.standardError)")
        #expect(audit.standardOutput.contains("received 400"), "\(audit.standardOutput)")
      }
    }
  }

  @Test func maintenanceDeletesWhatIsTooOld() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "500"])
        #expect(exit == .status(0), "\(errors)")
      }
      try await SQL.run("UPDATE sluice.events SET processed_at = now() - interval '8 days'", on: conninfo)
      try await Program.run(
        "sluiced", arguments: ["maintenance", "--retention-age", "7d"],
        environment: ["SLUICE_DATABASE_URL": conninfo]
      ) { maintenance in
        let ending = try await maintenance.exit()
        #expect(ending == .status(0), "\(maintenance.standardError)")
        #expect(maintenance.standardOutput.contains("deleted "), "\(maintenance.standardOutput)")
      }
      #expect(try await SQL.value("SELECT count(*) FROM sluice.events", on: conninfo) == "0")
      try await Program.run(
        "sluiced", arguments: ["audit"], environment: ["SLUICE_DATABASE_URL": conninfo]
      ) { audit in
        let ending = try await audit.exit()
        #expect(ending == .status(0), "\(audit.standardOutput)")
      }
    }
  }

  @Test func healthcheckAsksTheDaemon() async throws {
    let port = try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        try await Program.run("sluiced", arguments: ["healthcheck", "--http-port", "\(daemon.httpPort)"]) {
          let exit = try await $0.exit()
          #expect(exit == .status(0), "\($0.standardError)")
        }
        return daemon.httpPort
      }
    }
    try await Program.run("sluiced", arguments: ["healthcheck", "--http-port", "\(port)"]) {
      let exit = try await $0.exit()
      #expect(exit == .status(1))
      #expect($0.standardError.contains("no answer"), "\($0.standardError)")
    }
  }
}
