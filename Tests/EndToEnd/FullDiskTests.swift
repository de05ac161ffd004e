import Foundation
import TestSupport
import Testing

/// Tests in which there is no disk space left for the events.
struct FullDiskTests {
  /// Whether this process may mount. That requires root with its capabilities, which containers often lack.
  private static let mayMount: Bool = {
    let path = "\(NSTemporaryDirectory())/sluice-mount-\(getpid())"
    mkdir(path, 0o700)
    defer { rmdir(path) }
    guard (try? run("/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path])) == 0 else {
      return false
    }
    return (try? run("/bin/umount", [path])) == 0
  }()

  @Test(.enabled(if: FullDiskTests.mayMount, "it takes the right to mount a file system"))
  func batchesWaitUntilThereIsSpaceAgain() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withSmallTablespace(conninfo) { tablespace, directory in
        try await Daemon.run(over: conninfo, arguments: ["--queue-batches", "16"]) { daemon in
          try await SQL.run("ALTER TABLE sluice.events SET TABLESPACE \(tablespace)", on: conninfo)
          let ballast = "\(directory)/ballast"
          // `dd` writes until the disk is full.
          _ = try Self.run("/bin/dd", ["if=/dev/zero", "of=\(ballast)", "bs=64k", "status=none"])
          try await RunningPublisher.run(to: [daemon.tcpPort], events: 30_000, ["--batch", "100"]) {
            publisher in
            _ = try await daemon.program.errorLine {
              $0.contains("does not take events") && $0.contains("53100")
            }
            // The queue is full, and the producer is slowed down instead of refused.
            try await waitUntil { try await daemon.gauge("sluice_queue_batches") ?? 0 >= 16 }
            #expect(try await StoredSums.read(conninfo).rows == 0)
            try FileManager.default.removeItem(atPath: ballast)
            let result = try await publisher.finish(alone: conninfo)
            #expect(result.reconnects == 0)
          }
        }
      }
    }
  }

  /// Calls `body` with a tablespace of a few megabytes on its own file system, to which the server's account
  /// may write.
  private func withSmallTablespace(
    _ conninfo: String, _ body: (_ name: String, _ directory: String) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { directory in
      let account = try await SQL.value(
        "SELECT (pg_stat_file('PG_VERSION')).size::text || current_setting('data_directory')", on: conninfo
      ).drop { $0 != "/" }
      var status = stat()
      guard stat(String(account), &status) == 0 else { throw TestSupportError("no data directory") }
      let options = "size=16m,uid=\(status.st_uid),gid=\(status.st_gid),mode=0700"
      guard try Self.run("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory]) == 0 else {
        throw TestSupportError("cannot mount on \(directory)")
      }
      let name = "small_\(UInt32.random(in: .min ... .max))"
      let outcome: Result<Void, any Error>
      do {
        try await SQL.run("CREATE TABLESPACE \(name) LOCATION '\(directory)'", on: conninfo)
        outcome = .success(try await body(name, directory))
      } catch {
        outcome = .failure(error)
      }
      // The tablespace must be empty, or it cannot be dropped.
      _ = try? await SQL.run("DROP SCHEMA sluice CASCADE", on: conninfo)
      _ = try? await SQL.run("DROP TABLESPACE \(name)", on: conninfo)
      _ = try Self.run("/bin/umount", [directory])
      try outcome.get()
    }
  }

  /// Runs a program of the system to its end, and returns its exit status.
  private static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
