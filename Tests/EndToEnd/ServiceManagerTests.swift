import Foundation
import TestSupport
import Testing

/// Tests of a daemon under a service manager with `Type=notify`, such as systemd.
struct ServiceManagerTests {
  private static let watchdog = ["WATCHDOG_USEC": "60000000"]

  @Test func theManagerHearsOfTheStartOfTheWatchdogAndOfTheStop() async throws {
    try await withTemporaryDirectory { directory in
      let socket = try NotifySocket("\(directory)/notify")
      let environment = Self.watchdog.merging(["NOTIFY_SOCKET": socket.name]) { $1 }
      try await Daemon.run(arguments: ["--data-dir", "\(directory)/data"], environment: environment) {
        daemon in
        try await waitUntil { socket.states().contains("READY=1") && socket.states().contains("WATCHDOG=1") }
        let start = socket.states()
        #expect(start.first == "STATUS=starting")
        #expect(start.contains("EXTEND_TIMEOUT_USEC=30000000"))
        #expect(start.contains("STATUS=serving on 127.0.0.1:\(daemon.tcpPort)"))
        let ending = try await daemon.stop()
        #expect(ending == .status(0))
        // The drain of 20 s, and a minute for the private Postgres.
        #expect(socket.states().dropFirst(start.count).contains("STOPPING=1"))
        #expect(
          socket.states().last == "EXTEND_TIMEOUT_USEC=80000000" || socket.states().last == "WATCHDOG=1")
      }
    }
  }

  /// Otherwise systemd would end the start of a server that waits for its database.
  @Test func theManagerIsAskedForMoreTimeWhileTheDatabaseIsAway() async throws {
    try await withTemporaryDirectory { directory in
      let socket = try NotifySocket("\(directory)/notify")
      let environment = ["NOTIFY_SOCKET": socket.name, "SLUICE_DATABASE_URL": "host=/nowhere"]
      try await Program.run(
        "sluiced", arguments: ["--tcp-port", "0", "--http-port", "0"], environment: environment
      ) { program in
        try await waitUntil { socket.states().filter { $0.hasPrefix("EXTEND_TIMEOUT_USEC=") }.count >= 2 }
        #expect(!socket.states().contains("READY=1"))
        program.send(SIGTERM)
        let ending = try await program.exit()
        #expect(ending == .status(0))
        #expect(!socket.states().contains("READY=1"))
      }
    }
  }
}
