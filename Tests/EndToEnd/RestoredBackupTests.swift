import FaultProxy
import Foundation
import TestSupport
import Testing

/// The database is taken back to an older backup while a producer goes on.
struct RestoredBackupTests {
  @Test func theProducerReportsTheLossAndSendsAgainWhatItHas() async throws {
    try await withTemporaryDirectory { directory in
      let (data, backup) = ("\(directory)/data", "\(directory)/backup")
      try await FaultProxy.run(to: .unix(path: "/nowhere"), speaking: .sluice) { proxy in
        // Makes the data directory, so that there is something to back up.
        try await run(data, proxy) { _ in }
        // It would go on for long after the end of the test.
        try await RunningPublisher.run(to: [proxy.port], events: 10_000_000, rate: 10_000) { publisher in
          let kept = try await run(data, proxy) { try await counted($0, atLeast: 5_000) }
          try copy(data, to: backup)
          // What is sent between the look and the stop of a run may be many more events than were asked for.
          let lost = try await run(data, proxy) { daemon in
            let start = try await counted(daemon, atLeast: kept)
            return try await counted(daemon, atLeast: start + 10_000)
          }
          try FileManager.default.removeItem(atPath: data)
          try FileManager.default.moveItem(atPath: backup, toPath: data)
          try await run(data, proxy) { daemon in
            let line = try await publisher.program.errorLine { $0.contains("LINEAGE_LOSS") }
            #expect(line.contains("may be gone"))
            try await counted(daemon, atLeast: lost)
            publisher.program.send(SIGINT)
            _ = try await publisher.program.exit()
            let stats: Stats = try await daemon.get("/stats").decode()
            #expect(stats.received == stats.uniqueProcessed + stats.duplicateDropped + stats.dead)
          }
        }
      }
    }
  }

  /// Runs a daemon over `data` behind the proxy, and stops it in an orderly way.
  private func run<Value>(
    _ data: String, _ proxy: FaultProxy, _ body: (Daemon) async throws -> Value
  ) async throws -> Value {
    try await Daemon.run(arguments: ["--data-dir", data]) { daemon in
      proxy.target = daemon.ingest
      let value = try await body(daemon)
      proxy.target = .unix(path: "/nowhere")
      let exit = try await daemon.stop()
      #expect(exit == .status(0), "\(daemon.program.standardError)")
      return value
    }
  }

  /// Waits until so many events are counted as received, and returns how many are.
  @discardableResult
  private func counted(_ daemon: Daemon, atLeast count: Int) async throws -> Int {
    var received = 0
    try await waitUntil {
      received = try await daemon.get("/stats").decode(Stats.self).received
      return received >= count
    }
    return received
  }

  /// With owners and rights, as a backup does.
  private func copy(_ source: String, to target: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/cp")
    process.arguments = ["-a", source, target]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TestSupportError("can not copy \(source)") }
  }
}
