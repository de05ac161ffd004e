import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests in which the database is replaced by an older backup while a producer continues.
struct RestoredBackupTests {
  @Test func theProducerReportsTheLossAndSendsAgainWhatItHas() async throws {
    try await withTemporaryDirectory { directory in
      let (data, backup) = ("\(directory)/data", "\(directory)/backup")
      try await FaultProxy.run(to: .unix(path: "/nowhere"), speaking: .sluice) { proxy in
        // Makes the data directory, so that there is something to back up.
        try await run(data, proxy) { _ in }
        try await RunningPublisher.runUntilStopped(to: [proxy.port], rate: 10_000) { publisher in
          let kept = try await run(data, proxy) { try await counted($0, atLeast: 5_000) }
          try copy(data, to: backup)
          // Between the last count and the stop of a run, many more events than requested may be sent.
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
            publisher.stop()
            _ = try await publisher.program.exit()
            let stats: Stats = try await daemon.get("/stats").decode()
            #expect(stats.received == stats.uniqueProcessed + stats.duplicateDropped + stats.dead)
          }
        }
      }
    }
  }

  /// Runs a daemon over `data` to which the proxy connects, and stops the daemon in an orderly manner.
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

  /// Waits until `count` events are counted as received, and returns the number of received events.
  @discardableResult
  private func counted(_ daemon: Daemon, atLeast count: Int) async throws -> Int {
    var received = 0
    try await waitUntil {
      received = try await daemon.get("/stats").decode(Stats.self).received
      return received >= count
    }
    return received
  }

  /// Copies a directory with owners and permissions, as a backup does.
  private func copy(_ source: String, to target: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/cp")
    process.arguments = ["-a", source, target]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TestSupportError("cannot copy \(source)") }
  }
}
