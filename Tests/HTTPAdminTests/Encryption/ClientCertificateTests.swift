import HTTPTypes
import NIOSSL
import Principals
import Testing
import Waiting

@testable import HTTPAdmin

/// Logins by client certificate on the HTTP port, over sockets.
@Suite(.timeLimit(.minutes(2)))
struct ClientCertificateTests {
  private let certificates: TestCertificates
  private let keyring: Keyring
  private let server: TestServer

  init() throws {
    certificates = try TestCertificates()
    keyring = try Keyring([
      .certified("reader", [.read]), .certified("publisher", [.publish]), .certified("other", [.read]),
    ])
    var server = try TestServer.encrypted(certificates, certificates.askForCertificates)
    server.access = keyring.access
    self.server = server
  }

  /// Returns the answer to `GET /events` on a new connection.
  private static func events(
    of port: Int, tls: NIOSSLContext, fields: HTTPFields = [:]
  ) async throws -> String {
    try await RawConnection.with(port: port, tls: tls) { connection in
      let key = fields[.authorization].map { "Authorization: \($0)\r\n" } ?? ""
      try await connection.send(
        "GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(key)\r\n")
      return try await connection.readToEnd()
    }
  }

  @Test(arguments: [
    (["DNS:reader.example"], "200"), (["URI:spiffe://x/1", "DNS:reader.example"], "200"),
    (["DNS:publisher.example"], "403"), (["DNS:nobody.example"], "401"), ([], "401"),
    (["DNS:reader.example", "DNS:other.example"], "401"),
  ])
  func aCertificateLogsInThePrincipalThatItNames(names: [String], status: String) async throws {
    let tls = try certificates.client(names: names)
    let answer = try await server.withService { port in try await Self.events(of: port, tls: tls) }
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
  }

  @Test func aKeyGoesBeforeTheCertificate() async throws {
    let tls = try certificates.client(names: ["DNS:reader.example"])
    let answers = try await server.withService { [keyring] port in
      [
        try await Self.events(of: port, tls: tls, fields: keyring.fields(of: "publisher")),
        try await Self.events(of: port, tls: tls, fields: [.authorization: "Bearer wrong"]),
      ]
    }
    #expect(answers[0].hasPrefix("HTTP/1.1 403 "))
    #expect(answers[1].hasPrefix("HTTP/1.1 401 "))
  }

  @Test func aRevocationEndsTheLoginAndARunningTail() async throws {
    let tail = MemoryTail()
    var server = server
    server.tail = tail
    server.settings.tail.poll = .milliseconds(1)
    let tls = try certificates.client(names: ["DNS:reader.example"])
    try await server.withService { [keyring] port in
      try await RawConnection.with(port: port, tls: tls) { connection in
        var client = try await StreamClient(connection)
        try await client.begun()
        tail.publish("a")
        #expect(try await client.topics(1) == ["a"])
        try keyring.revoke("reader")
        await #expect(throws: (any Error).self) { try await client.topics(1) }
      }
      #expect(try await Self.events(of: port, tls: tls).hasPrefix("HTTP/1.1 401 "))
    }
  }

  /// Certificates that a handshake refuses.
  enum Refusal: CaseIterable {
    case expired, foreign, missing
  }

  @Test(arguments: Refusal.allCases)
  func aCertificateThatCannotBeVerifiedIsRefused(_ refusal: Refusal) async throws {
    let strict = try TestServer.encrypted(certificates) {
      certificates.askForCertificates(&$0)
      $0.requiresClientCertificate = true
    }
    let tls: NIOSSLContext
    switch refusal {
    case .expired:
      tls = try certificates.client(names: ["DNS:reader.example"], lifetime: TestCertificates.expired)
    case .missing: tls = try certificates.client()
    case .foreign:
      let foreign = try TestCertificates()
      tls = try foreign.client(names: ["DNS:reader.example"]) { $0.certificateVerification = .none }
    }
    await #expect(throws: (any Error).self) {
      let answer = try await strict.withService { port in try await Self.events(of: port, tls: tls) }
      #expect(!answer.contains("HTTP/1.1"))
      throw CancellationError()
    }
    try await waitUntil { certificates.failures.count == 1 }
    let line = refusal == .missing ? "sent no certificate" : "the certificate of the client cannot be used"
    #expect(certificates.failures.first?.contains(line) == true, "\(certificates.failures)")
  }
}

extension Principal {
  /// Returns a principal with the certificate NAME.example.
  static func certified(_ name: String, _ roles: Set<Role>) -> Principal {
    var principal = Principal(name: name, roles: roles)
    principal.certificate = "\(name).example"
    return principal
  }
}
