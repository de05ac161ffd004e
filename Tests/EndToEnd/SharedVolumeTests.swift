import Foundation
import TestSupport
import Testing

/// Tests of two containers on one volume, which cannot see each other's processes.
struct SharedVolumeTests {
  private static let unshare = ["--pid", "--fork", "--kill-child", "--mount-proc"]

  private static func canUnshare() async throws -> Bool {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare") else { return false }
    return try await Program.run("/usr/bin/unshare", arguments: unshare + ["true"]) {
      try await $0.exit() == .status(0)
    }
  }

  @Test(.enabled("process namespaces need root and unshare(1)") { try await SharedVolumeTests.canUnshare() })
  func aServerInAnotherContainerKeepsItsData() async throws {
    try await withTemporaryDirectory { directory in
      let data = "\(directory)/data"
      let file = "\(data)/postgres/postmaster.pid"
      try await Daemon.run(arguments: ["--data-dir", data]) { daemon in
        daemon.program.send(SIGKILL)
        _ = try await daemon.program.exit()
      }
      let before = try String(contentsOfFile: file, encoding: .utf8)
      let command = [try Program.path(of: "sluiced"), "migrate", "--data-dir", data]
      try await Program.run("/usr/bin/unshare", arguments: Self.unshare + command) { program in
        let exit = try await program.exit()
        #expect(exit == .status(4))
        #expect(program.standardError.contains("cannot be seen from here"), "\(program.standardError)")
      }
      let after = try String(contentsOfFile: file, encoding: .utf8)
      #expect(after == before)
      // A daemon that can see the server's processes takes over the running server.
      try await Daemon.run(arguments: ["--data-dir", data]) { daemon in
        let exit = try await daemon.stop()
        #expect(exit == .status(0))
      }
    }
  }
}
