import DevelopmentCertificates
import Foundation
import TestSupport
import Testing

/// TLS with the real programs: what is served, and what is refused with which line.
@Suite(.timeLimit(.minutes(5))) struct TLSTests {
  @Test func eventsOverTLSAreStoredOnceEach() async throws {
    try await withServer { directory, daemon, conninfo in
      let (exit, result, errors) = try await publish(
        to: daemon.tcpPort,
        ["--events", "20000", "--duplicates", "0.2", "--connections", "2"] + trusting(directory))
      #expect(exit == .status(0), "\(errors)")
      try await expectConserved(conninfo, unique: try #require(result?.unique))
      let metrics = try await Curl(daemon.url("/metrics"), ["--cacert", "\(directory)/ca.pem"]).body
      #expect(metrics.contains("sluice_tls_handshakes_total{outcome=\"completed\"} 2"))
    }
  }

  /// Clients that a server refuses, or that refuse the server.
  enum Refusal: CaseIterable {
    case plainClient, unknownAuthority, wrongName, wrongPin, noCertificate, foreignCertificate
  }

  @Test(arguments: [
    (Refusal.plainClient, "this port speaks TLS only"),
    (.unknownAuthority, "not signed by a known authority"),
    (.wrongName, "is not for elsewhere.example"),
    (.wrongPin, "is not the pinned one"),
    (.noCertificate, "requires a client certificate"),
    (.foreignCertificate, "refused the certificate of this side"),
  ])
  func aRefusedClientEndsWithTheReason(refusal: Refusal, line: String) async throws {
    let requires = refusal == .noCertificate || refusal == .foreignCertificate
    try await withServer(requiresClientCertificate: requires) { directory, daemon, _ in
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "10", "--wait", "3s"] + arguments(of: refusal, directory))
      #expect(exit == .status(3))
      #expect(errors.contains(line), "\(errors)")
    }
  }

  @Test func aClientWithACertificateOfTheAuthorityIsServed() async throws {
    try await withServer(requiresClientCertificate: true) { directory, daemon, _ in
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort,
        ["--events", "10"] + trusting(directory) + [
          "--tls-certificate", "\(directory)/client.pem", "--tls-key", "\(directory)/client.key",
        ])
      #expect(exit == .status(0), "\(errors)")
    }
  }

  @Test func aClientThatRequiresTLSRefusesAPlainServer() async throws {
    try await withCertificateFiles { directory in
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo) { daemon in
          let (exit, _, errors) = try await publish(
            to: daemon.tcpPort, ["--events", "10", "--wait", "2s"] + trusting(directory))
          #expect(exit != .status(0))
          #expect(errors.contains("the server does not speak TLS on this port"), "\(errors)")
        }
      }
    }
  }

  @Test func newConnectionsGetTheNewCertificateAfterSIGHUP() async throws {
    try await withServer { directory, daemon, _ in
      try CertificateFiles(directory: directory).replaceServer()
      daemon.program.send(SIGHUP)
      try await waitUntil {
        daemon.program.standardError.contains("certificate loaded again; new connections get it")
      }
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort,
        ["--events", "10", "--host", "localhost", "--tls", "--tls-ca", "\(directory)/next.pem"])
      #expect(exit == .status(0), "\(errors)")
    }
  }

  @Test func aBadNewCertificateLeavesTheFormerInForceAndIsLogged() async throws {
    try await withServer { directory, daemon, _ in
      try "nothing".write(toFile: "\(directory)/server.pem", atomically: true, encoding: .utf8)
      try await waitUntil {
        daemon.program.standardError.contains(
          "the new certificate is not used, the former one stays in force")
      }
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "10"] + trusting(directory))
      #expect(exit == .status(0), "\(errors)")
    }
  }

  /// The result of a handshake of Python's ssl module.
  private struct Handshake: Decodable {
    let version: String?
    let cipher: String?
    let answer: String?
    let refused: String?
  }

  @Test(arguments: [("1.3", ["1.3"]), ("1.2", ["1.2", "1.3"])])
  func anotherImplementationIsServedFromTheLowestVersionOn(minimum: String, served: [String]) async throws {
    try await withServer(["--tls-minimum", minimum]) { directory, daemon, _ in
      let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "tls.py").path
      let output = try await Program.run(
        "/usr/bin/python3", arguments: [script, "\(daemon.tcpPort)", "\(directory)/ca.pem"]
      ) { program in
        let exit = try await program.exit()
        #expect(exit == .status(0), "\(program.standardError)")
        return program.standardOutput
      }
      let results = try JSONDecoder().decode([String: Handshake].self, from: Data(output.utf8))
      for (version, result) in results {
        guard served.contains(version) else {
          #expect(result.refused != nil, "\(version)")
          continue
        }
        #expect(result.version == "TLSv\(version)")
        #expect(result.answer?.hasPrefix("HTTP/1.1 400 This is the ingest port of Sluice") == true)
        #expect(result.cipher?.contains(version == "1.2" ? "ECDHE" : "TLS_") == true)
      }
    }
  }

  @Test func aServerWithoutAUsableCertificateDoesNotStart() async throws {
    try await withCertificateFiles { directory in
      let arguments = [
        "--tcp-port", "0", "--http-port", "0", "--data-dir", "\(directory)/data", "--tls-certificate",
        "\(directory)/server.pem", "--tls-key", "\(directory)/client.key",
      ]
      try await Program.run("sluiced", arguments: arguments) { program in
        let exit = try await program.exit()
        #expect(exit != .status(0))
        #expect(program.standardError.contains("the key does not belong to the certificate"))
      }
    }
  }

  private func arguments(of refusal: Refusal, _ directory: String) throws -> [String] {
    switch refusal {
    case .plainClient: return []
    case .unknownAuthority:
      let other = try CertificateAuthority(name: "another authority", days: 10)
      try other.certificateText.write(toFile: "\(directory)/other.pem", atomically: true, encoding: .utf8)
      return ["--host", "localhost", "--tls", "--tls-ca", "\(directory)/other.pem"]
    case .wrongName: return trusting(directory) + ["--tls-server-name", "elsewhere.example"]
    case .wrongPin: return ["--tls", "--tls-pin", String(repeating: "ab", count: 32)]
    case .noCertificate: return trusting(directory)
    case .foreignCertificate:
      let other = try CertificateAuthority(name: "another authority", days: 10)
      let pair = try other.issue(
        name: "foreign", for: .client, names: ["DNS:producer.localhost"], lifetime: -60..<864_000)
      try pair.certificate.write(toFile: "\(directory)/foreign.pem", atomically: true, encoding: .utf8)
      try pair.key.write(toFile: "\(directory)/foreign.key", atomically: true, encoding: .utf8)
      return trusting(directory) + [
        "--tls-certificate", "\(directory)/foreign.pem", "--tls-key", "\(directory)/foreign.key",
      ]
    }
  }

  private func trusting(_ directory: String) -> [String] {
    ["--host", "localhost", "--tls", "--tls-ca", "\(directory)/ca.pem"]
  }

  private func withServer(
    _ more: [String] = [], requiresClientCertificate: Bool = false,
    _ body: (String, Daemon, String) async throws -> Void
  ) async throws {
    try await withCertificateFiles { directory in
      var arguments =
        [
          "--tls-certificate", "\(directory)/server.pem", "--tls-key", "\(directory)/server.key",
        ] + more
      if requiresClientCertificate {
        arguments += ["--tls-client-ca", "\(directory)/ca.pem", "--tls-client-required", "true"]
      }
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo, arguments: arguments) { daemon in
          try await body(directory, daemon, conninfo)
        }
      }
    }
  }

  /// Calls `body` with a directory in which `sluiced dev-certs` made its files.
  private func withCertificateFiles(_ body: (String) async throws -> Void) async throws {
    try await CertificateFiles.run { try await body($0.directory) }
  }
}
