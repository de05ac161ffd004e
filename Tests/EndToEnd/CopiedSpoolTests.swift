import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests in which a machine with a producer's spool is copied.
struct CopiedSpoolTests {
  @Test func bothCopiesStoreWhatTheyHaveOnce() async throws {
    try await withTemporaryDirectory { directory in
      try await TestPostgres.shared.withDatabase { conninfo in
        try await withPostgresProxy(to: conninfo) { database, proxied in
          try await Daemon.run(over: proxied) { daemon in
            let spools = ["\(directory)/original", "\(directory)/copy"]
            try await leaveUnsettled(spools[0], daemon, database, conninfo)
            try FileManager.default.copyItem(atPath: spools[0], toPath: spools[1])
            async let first: Void = publish("first", spools[0], daemon, directory)
            async let second: Void = publish("second", spools[1], daemon, directory)
            _ = try await (first, second)
            for name in ["first", "second"] {
              let stored = try await SQL.value(
                "SELECT count(*) FROM sluice.events WHERE topic = '\(name)'", on: conninfo)
              #expect(stored == "2000")
            }
            let sums = try await StoredSums.read(conninfo)
            #expect(sums.rows == sums.unique)
            #expect(sums.received == sums.unique + sums.duplicate + sums.dead)
          }
        }
      }
    }
  }

  /// Fills a spool with batches that the server received and could not commit, and kills their producer.
  private func leaveUnsettled(
    _ spool: String, _ daemon: Daemon, _ database: FaultProxy, _ conninfo: String
  ) async throws {
    let arguments = ["--spool", spool, "--batch", "100"]
    try await RunningPublisher.run(
      to: [daemon.tcpPort], events: 1_000_000, rate: 5_000, arguments
    ) { publisher in
      try await waitForEvents(1_000, in: conninfo)
      let target = database.target
      database.target = .unix(path: "/nowhere")
      database.cutAll()
      try await waitUntil { try await daemon.gauge("sluice_queue_batches") ?? 0 >= 5 }
      publisher.program.send(SIGKILL)
      _ = try await publisher.program.exit()
      database.target = target
    }
  }

  /// Publishes a file of new events over a spool with batches in it, and repeats this whenever the other copy
  /// supersedes the producer.
  private func publish(_ name: String, _ spool: String, _ daemon: Daemon, _ directory: String) async throws {
    let file = "\(directory)/\(name).ndjson"
    let lines = (0..<2_000).map {
      #"{"topic":"\#(name)","event_id":"\#($0)","timestamp":"2026-01-02T03:04:05Z","source":"s"}"#
    }
    try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    for _ in 0..<10 {
      let (exit, _, errors) = try await EndToEnd.publish(
        to: daemon.tcpPort, ["--spool", spool, "--input", file, "--batch", "50"])
      if exit == .status(0) { return }
      // The whole file is sent again, because lines that the publisher had not read are not in the spool.
      #expect(errors.contains("SUPERSEDED"), "\(errors)")
    }
    Issue.record("\(name) was superseded again and again")
  }
}
