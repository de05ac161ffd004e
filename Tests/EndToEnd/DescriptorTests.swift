import Foundation
import TestSupport
import Testing

/// A daemon that runs out of file descriptors.
struct DescriptorTests {
  /// Runs the `sluiced` beside the tests with few descriptors.
  private static let limited = #"ulimit -n 300; exec "$(dirname "$(readlink /proc/$PPID/exe)")/sluiced" "$@""#

  private struct ReadyLine: Decodable {
    let tcpPort: UInt16
  }

  @Test func acceptingPausesAndRecovers() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Program.run(
        "/bin/sh", arguments: ["-c", Self.limited, "sh", "--tcp-port", "0", "--http-port", "0"],
        environment: ["SLUICE_DATABASE_URL": conninfo]
      ) { program in
        let line = try await program.firstLine()
        let ready = try JSONDecoder.snakeCase.decode(ReadyLine.self, from: Data(line.utf8))
        let crowd = (0..<330).map { _ in Self.connected(to: ready.tcpPort) }
        _ = try await program.errorLine { $0.contains("no connection can be accepted") }
        for descriptor in crowd { close(descriptor) }
        let (exit, result, errors) = try await publish(
          to: Int(ready.tcpPort), ["--events", "500", "--wait", "60s"])
        #expect(exit == .status(0), "\(errors)")
        #expect(result?.committed == 500)
        let complaints = program.standardError.split(separator: "\n").filter {
          $0.contains("no connection can be accepted")
        }
        #expect(complaints.count < 10, "accepting spins: \(complaints.count) complaints")
      }
    }
  }

  /// A connection that says nothing; the system's queue takes it even when the daemon can not.
  private static func connected(to port: UInt16) -> CInt {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    #expect(result == 0)
    return descriptor
  }
}
