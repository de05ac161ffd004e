import Foundation
import TestSupport
import Testing

/// Tests of a daemon that may open only a few files.
struct DescriptorTests {
  /// A shell command that runs the `sluiced` beside the tests with a limit of 300 descriptors.
  private static let limited = #"ulimit -n 300; exec "$(dirname "$(readlink /proc/$PPID/exe)")/sluiced" "$@""#

  private struct ReadyLine: Decodable {
    let tcpPort: UInt16
    let httpPort: UInt16
    let pid: Int32
  }

  @Test func aCrowdLeavesDescriptorsToOthers() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Program.run(
        "/bin/sh", arguments: ["-c", Self.limited, "sh", "--tcp-port", "0", "--http-port", "0"],
        environment: ["SLUICE_DATABASE_URL": conninfo]
      ) { program in
        let line = try await program.firstLine()
        let ready = try JSONDecoder.snakeCase.decode(ReadyLine.self, from: Data(line.utf8))
        _ = try await program.errorLine { $0.contains("the system grants 300 open files") }
        let crowd = (0..<330).map { _ in Self.connected(to: ready.tcpPort) }
        let health = try await Answer.of(port: Int(ready.httpPort), "/health")
        #expect(health.status == 200, "the crowd leaves a descriptor to HTTP")
        for descriptor in crowd { close(descriptor) }
        let (exit, result, errors) = try await publish(
          to: Int(ready.tcpPort), ["--events", "500", "--wait", "60s"])
        #expect(exit == .status(0), "\(errors)")
        #expect(result?.committed == 500)
        #expect(!program.standardError.contains("no connection can be accepted"))
      }
    }
  }

  @Test func acceptingForHTTPPausesAndRecovers() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Program.run(
        "/bin/sh", arguments: ["-c", Self.limited, "sh", "--tcp-port", "0", "--http-port", "0"],
        environment: ["SLUICE_DATABASE_URL": conninfo]
      ) { program in
        let line = try await program.firstLine()
        let ready = try JSONDecoder.snakeCase.decode(ReadyLine.self, from: Data(line.utf8))
        // The first connections are open when the limit falls. So there are connections to close, however many
        // descriptors other parts of the daemon open later. Half of them are awaited, because other parts may
        // close some of theirs at the same time.
        let atStart = try Self.openDescriptors(of: ready.pid)
        let first = (0..<40).map { _ in Self.connected(to: ready.httpPort) }
        try await waitUntil { try Self.openDescriptors(of: ready.pid) >= atStart + first.count / 2 }
        // The new limit is lower than the limit that the daemon assumed at its start.
        try await setDescriptors("\(try Self.openDescriptors(of: ready.pid))", of: program)
        let complaint = "accepting HTTP connections pauses"
        let crowd = first + (0..<290).map { _ in Self.connected(to: ready.httpPort) }
        _ = try await program.errorLine { $0.contains(complaint) }
        // The oldest silent connections are closed for this connection. On a busy machine this connection may
        // itself be old before its request is read, so the test tries again. A single attempt may take long,
        // because the system drops the first packets of a connection while the queue of the listener is full.
        try await waitUntil(limit: .seconds(120)) {
          (try? await Answer.of(port: Int(ready.httpPort), "/livez").status) == 200
        }
        for descriptor in crowd { close(descriptor) }
        let complaints = program.standardError.split(separator: "\n").filter { $0.contains(complaint) }
        #expect(complaints.count < 10, "the log tells of a shortage, not of each failure")
      }
    }
  }

  @Test func theEmbeddedServerIsLeftAloneWhileNothingCanBeFoundOut() async throws {
    try await withTemporaryDirectory { directory in
      try await Daemon.run(arguments: ["--data-dir", "\(directory)/data"]) { daemon in
        let file = "\(directory)/data/postgres/postmaster.pid"
        let before = try String(contentsOfFile: file, encoding: .utf8)
        try await setDescriptors("3", of: daemon.program)
        _ = try await daemon.program.errorLine { $0.contains("cannot tell whether embedded PostgreSQL runs") }
        try await setDescriptors("1024", of: daemon.program)
        let (exit, result, errors) = try await publish(
          to: daemon.tcpPort, ["--events", "500", "--wait", "60s"])
        #expect(exit == .status(0), "\(errors)")
        #expect(result?.committed == 500)
        let after = try String(contentsOfFile: file, encoding: .utf8)
        #expect(after == before)
        #expect(!daemon.program.standardError.contains("starting it again"))
      }
    }
  }

  /// Returns the number of descriptors that a process has open.
  private static func openDescriptors(of process: Int32) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
  }

  /// Changes the number of descriptors that a running program may have. Its open descriptors stay open.
  private func setDescriptors(_ count: String, of program: Program) async throws {
    let arguments = ["--pid", "\(program.pid)", "--nofile=\(count):"]
    try await Program.run("/usr/bin/prlimit", arguments: arguments) {
      let exit = try await $0.exit()
      try #require(exit == .status(0), "\($0.standardError); \(program.standardError)")
    }
  }

  /// Returns a connection that sends nothing. It may wait for a place in the queue of the listener while the daemon does
  /// not accept, and does not wait for it here, because the system then tries for minutes.
  private static func connected(to port: UInt16) -> CInt {
    let descriptor = socket(
      AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    #expect(result == 0 || errno == EINPROGRESS)
    return descriptor
  }
}
