import Foundation
import TestSupport
import Testing

/// Tests of the end of a daemon that is told to stop.
struct StoppingTests {
  /// SQL that makes every commit wait for 25 s, as if the database were very slow.
  private static let slowness = """
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(25); RETURN NULL; END $$;
    CREATE TRIGGER dawdle BEFORE INSERT ON sluice.events FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
    """

  /// Runs `body` with a daemon that has accepted batches and cannot commit them.
  private func withStuckDaemon(
    _ arguments: [String] = [], _ body: (Daemon) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: arguments) { daemon in
        try await withStuckBatches(daemon, conninfo) { try await body(daemon) }
      }
    }
  }

  /// Runs `body` while `daemon` holds batches that it cannot commit into the database of `conninfo`.
  private func withStuckBatches(
    _ daemon: Daemon, _ conninfo: String, _ body: () async throws -> Void
  ) async throws {
    try await SQL.run(Self.slowness, on: conninfo)
    try await Program.run(
      "sluice-publish", arguments: ["--port", "\(daemon.tcpPort)", "--events", "2000", "--batch", "100"]
    ) { _ in
      try await waitUntil {
        let depth: QueueDepth = try await daemon.get("/stats").decode()
        return depth.queue.batches > 0
      }
      try await body()
    }
  }

  private struct QueueDepth: Decodable {
    struct Queue: Decodable { let batches: Int }
    let queue: Queue
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalUnderLoadCommitsWhatWasAccepted(_ signal: CInt) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let port = try await Daemon.run(over: conninfo) { $0.tcpPort }
      let environment = ["SLUICE_DATABASE_URL": conninfo]
      try await Program.run(
        "sluice-publish",
        arguments: ["--port", "\(port)", "--events", "30000", "--rate", "20000", "--json", "--wait", "60s"]
      ) { publisher in
        try await Daemon.run(tcpPort: port, arguments: [], environment: environment) { daemon in
          try await waitUntil { try await StoredSums.read(conninfo).received > 3_000 }
          daemon.program.send(signal)
          let ending = try await daemon.program.exit()
          #expect(ending == .status(0), "\(daemon.program.standardError)")
        }
        try await Daemon.run(tcpPort: port, arguments: [], environment: environment) { _ in
          let exit = try await publisher.exit()
          #expect(exit == .status(0), "\(publisher.standardError)")
        }
        let result = try JSONDecoder.snakeCase.decode(
          PublishResult.self, from: Data(publisher.standardOutput.utf8))
        #expect(result.committed == 30_000)
        try await expectConserved(conninfo, unique: try #require(result.uniqueExpected))
      }
    }
  }

  @Test func aSecondSignalEndsItAtOnce() async throws {
    try await withStuckDaemon { daemon in
      daemon.program.send(SIGTERM)
      _ = try await daemon.program.errorLine { $0.contains("stopping") }
      daemon.program.send(SIGTERM)
      let ending = try await daemon.program.exit()
      #expect(ending == .status(128 + SIGTERM))
    }
  }

  @Test func aSecondSignalStopsTheEmbeddedPostgres() async throws {
    try await withTemporaryDirectory { directory in
      try await Daemon.run(arguments: ["--data-dir", "\(directory)/data"]) { daemon in
        let file = "\(directory)/data/postgres/postmaster.pid"
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(
          separator: "\n", omittingEmptySubsequences: false)
        let server = try #require(pid_t(lines[0]))
        let conninfo = "host='\(lines[4])' port=5432 user=sluice dbname=sluice"
        try await withStuckBatches(daemon, conninfo) {
          daemon.program.send(SIGTERM)
          _ = try await daemon.program.errorLine { $0.contains("stopping") }
          daemon.program.send(SIGTERM)
          let ending = try await daemon.program.exit()
          #expect(ending == .status(128 + SIGTERM), "\(daemon.program.standardError)")
        }
        #expect(!FileManager.default.fileExists(atPath: file))
        // Somebody else collects the process, because its parent has ended.
        try await waitUntil { !FileManager.default.fileExists(atPath: "/proc/\(server)") }
      }
    }
  }

  /// The host accepts the connection and sends nothing.
  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalEndsTheStartWhileADatabaseIsSilent(_ signal: CInt) async throws {
    let (listener, port) = try silentListener()
    defer { close(listener) }
    try await expectOrderlyEnd("host=127.0.0.1 port=\(port)", on: signal) {
      $0.contains("connecting to the database")
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalEndsTheWaitForADatabaseThatIsUnavailable(_ signal: CInt) async throws {
    try await expectOrderlyEnd("host=/nowhere", on: signal) { $0.contains("waiting for the database") }
  }

  private func expectOrderlyEnd(
    _ conninfo: String, on signal: CInt, after isReached: @escaping @Sendable (String) -> Bool
  ) async throws {
    try await Program.run(
      "sluiced", arguments: ["--tcp-port", "0", "--http-port", "0"],
      environment: ["SLUICE_DATABASE_URL": conninfo]
    ) { program in
      _ = try await program.errorLine(where: isReached)
      program.send(signal)
      let exit = try await program.exit()
      #expect(exit == .status(0), "\(program.standardError)")
    }
  }

  private func silentListener() throws -> (descriptor: CInt, port: UInt16) {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) + listen(descriptor, 8) + getsockname(descriptor, $0, &length)
      }
    }
    try #require(status == 0)
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  @Test func aDrainThatRunsOutOfTimeSaysWhatItAbandoned() async throws {
    try await withStuckDaemon(["--timeouts-drain", "1s"]) { daemon in
      let ending = try await daemon.stop()
      #expect(ending == .status(6))
      let last = daemon.program.standardError.split(separator: "\n").last
      #expect(last?.contains("accepted batches are abandoned") == true, "\(daemon.program.standardError)")
    }
  }
}
