import Foundation
import TestSupport
import Testing

/// Keys between real programs: `sluiced credentials`, `sluiced` and `sluice-publish`.
struct KeyTests {
  @Test func aRightKeyPublishesAndOwnsItsProducers() async throws {
    try await withCredentials(["billing": []]) { conninfo, credentials, daemon in
      let (exit, result, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "500", "--key-file", credentials.keyFile("billing")])
      #expect(exit == .status(0), "\(errors)")
      #expect(result?.committed == 500)
      try await expectConserved(conninfo, unique: try #require(result?.uniqueExpected))
      let owners = try await SQL.run(
        "SELECT DISTINCT owner FROM sluice.producers WHERE name <> 'forgotten'", on: conninfo)
      #expect(owners == [["billing"]])
    }
  }

  @Test func theKeyMayComeFromTheEnvironment() async throws {
    try await withCredentials(["billing": []]) { _, credentials, daemon in
      let arguments = ["--port", "\(daemon.tcpPort)", "--events", "10"]
      let key = try credentials.key("billing")
      let exit = try await Program.run(
        "sluice-publish", arguments: arguments, environment: ["SLUICE_KEY": key]
      ) { try await $0.exit() }
      #expect(exit == .status(0))
    }
  }

  /// A key of another server, with an id that this server does not know.
  @Test func anUnknownKeyIsRefusedAndTheLogNamesItsID() async throws {
    try await withCredentials(["billing": []]) { conninfo, credentials, daemon in
      let other = try await credentials.other()
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "1", "--key-file", other.path])
      #expect(exit == .status(3))
      #expect(errors.contains("NOT_AUTHORIZED"), "\(errors)")
      #expect(try await SQL.run("SELECT count(*) FROM sluice.batches", on: conninfo) == [["0"]])
      try await waitUntil { daemon.program.standardError.contains(other.id) }
      #expect(daemon.program.standardError.contains("login refused"))
      #expect(!daemon.program.standardError.contains(other.secret))
    }
  }

  @Test func noKeyIsRefusedWithAReason() async throws {
    try await withCredentials(["billing": []]) { _, _, daemon in
      let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "1"])
      #expect(exit == .status(3))
      #expect(errors.contains("the server asks for a key"), "\(errors)")
    }
  }

  @Test func aKeyIsNotUsedWithAServerThatAsksForNone() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let credentials = try TestCredentials()
        defer { credentials.remove() }
        let other = try await credentials.other()
        let (exit, _, errors) = try await publish(
          to: daemon.tcpPort, ["--events", "1", "--key-file", other.path])
        #expect(exit == .status(3))
        #expect(errors.contains("does not ask for a key"), "\(errors)")
      }
    }
  }

  @Test func aKeyThatIsRevokedWhilePublishingEndsTheProducer() async throws {
    try await withCredentials(["billing": [], "audit": []]) { conninfo, credentials, daemon in
      try await RunningPublisher.run(
        to: [daemon.tcpPort], events: 10_000_000, rate: 500, ["--key-file", credentials.keyFile("billing")]
      ) { publisher in
        try await waitForEvents(500, in: conninfo)
        try await credentials.run(["revoke", "billing"])
        let exit = try await publisher.program.exit()
        #expect(exit == .status(3), "\(publisher.program.standardError)")
        #expect(publisher.program.standardError.contains("NOT_AUTHORIZED"))
      }
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "10", "--key-file", credentials.keyFile("audit")])
      #expect(exit == .status(0), "\(errors)")
    }
  }

  @Test func aTopicThatTheKeyMayNotPublishIsRefusedByName() async throws {
    try await withCredentials(["billing": ["--publish-topic", "reserved.*"]]) {
      conninfo, credentials, daemon in
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "1", "--key-file", credentials.keyFile("billing")])
      #expect(exit == .status(1))
      #expect(errors.contains("TOPIC_NOT_ALLOWED"), "\(errors)")
      #expect(try await SQL.run("SELECT count(*) FROM sluice.dead_events", on: conninfo) == [["0"]])
    }
  }

  @Test func theProducerOfAnotherPrincipalIsRefused() async throws {
    try await withCredentials(["billing": [], "audit": []]) { _, credentials, daemon in
      let producer = ["--producer-id", "\(UUID())", "--events", "1"]
      let (first, _, _) = try await publish(
        to: daemon.tcpPort, producer + ["--key-file", credentials.keyFile("billing")])
      #expect(first == .status(0))
      let (second, _, errors) = try await publish(
        to: daemon.tcpPort, producer + ["--key-file", credentials.keyFile("audit")])
      #expect(second == .status(3))
      #expect(errors.contains("PRODUCER_NOT_YOURS"), "\(errors)")
    }
  }

  @Test func aKeyFileThatOthersMayReadGetsAWarning() async throws {
    try await withCredentials(["billing": []]) { _, credentials, daemon in
      let path = credentials.keyFile("billing")
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "1", "--key-file", path])
      #expect(exit == .status(0))
      #expect(errors.contains("other users may read the key file"), "\(errors)")
    }
  }

  /// Runs a daemon with a credentials file that has these principals with the role `publish`.
  private func withCredentials(
    _ principals: [String: [String]], _ body: (String, TestCredentials, Daemon) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let credentials = try TestCredentials()
      defer { credentials.remove() }
      for (name, options) in principals { try await credentials.add(name, options) }
      try await Daemon.run(over: conninfo, arguments: ["--auth-credentials", credentials.file]) { daemon in
        try await body(conninfo, credentials, daemon)
      }
    }
  }
}

/// A credentials file and the key files of its principals in a directory of their own.
struct TestCredentials {
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "sluice-keys-\(UUID())"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  var file: String { "\(directory)/credentials.yaml" }

  func keyFile(_ name: String) -> String { "\(directory)/\(name).key" }

  func key(_ name: String) throws -> String {
    try String(contentsOfFile: keyFile(name), encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Adds a principal that may publish, and writes its key file.
  func add(_ name: String, _ options: [String] = []) async throws {
    try write(try await run(["add", name, "--role", "publish"] + options), to: keyFile(name))
  }

  /// Returns a key that the credentials file does not have.
  func other() async throws -> (path: String, id: String, secret: String) {
    let path = "\(directory)/other.key"
    let text = try await run(["add", "other", "--role", "publish"], file: "\(directory)/other.yaml")
    try write(text, to: path)
    let parts = text.split(separator: "_", maxSplits: 2)
    return (path, String(parts[1]), String(parts[2].prefix(43)))
  }

  func remove() { try? FileManager.default.removeItem(atPath: directory) }

  /// Runs `sluiced credentials` with these words.
  /// - Parameter file: The credentials file; nil for the file of these credentials.
  /// - Returns: The standard output.
  @discardableResult
  func run(_ words: [String], file: String? = nil) async throws -> String {
    try await Program.run(
      "sluiced", arguments: ["credentials"] + words + ["--auth-credentials", file ?? self.file]
    ) { program in
      let exit = try await program.exit()
      #expect(exit == .status(0), "\(program.standardError)")
      return program.standardOutput
    }
  }

  private func write(_ key: String, to path: String) throws {
    let isWritten = FileManager.default.createFile(
      atPath: path, contents: Data(key.utf8), attributes: [.posixPermissions: 0o600])
    try #require(isWritten)
  }
}
