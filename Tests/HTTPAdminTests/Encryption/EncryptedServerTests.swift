import NIOSSL
import Testing
import Waiting

@testable import HTTPAdmin

/// The HTTP port over TLS, over sockets: what is served, and which bounds hold.
@Suite(.timeLimit(.minutes(2)))
struct EncryptedServerTests {
  private static let livez = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
  private static let json = "Content-Type: application/json\r\n"
  private static let alive = "{\"status\":\"alive\"}\n"
  private let certificates: TestCertificates

  init() throws {
    certificates = try TestCertificates()
  }

  /// Returns everything that the server sends after `bytes` until it closes the connection.
  private func answer(
    to bytes: String, tls: NIOSSLContext?, _ change: (inout AdminSettings) -> Void = { _ in }
  ) async throws -> String {
    var server = try TestServer.encrypted(certificates)
    change(&server.settings)
    return try await server.withService { port in
      try await RawConnection.with(port: port, tls: tls) { connection in
        try await connection.send(bytes)
        return try await connection.readToEnd()
      }
    }
  }

  @Test(arguments: [[], ["http/1.1"], ["http/1.0"]])
  func aConnectionServesSeveralRequests(protocols: [String]) async throws {
    let tls = try certificates.client(protocols: protocols)
    let server = try TestServer.encrypted(certificates)
    let answers = try await server.withService { port in
      try await RawConnection.with(port: port, tls: tls) { connection in
        var answers: [String] = []
        for _ in 0..<3 {
          try await connection.send(Self.livez)
          answers.append(try await connection.read { $0.hasSuffix(Self.alive) })
        }
        return answers
      }
    }
    #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 OK\r\n") })
    #expect(server.settings.encryption?.counts.completed == 1)
    #expect(certificates.failures.isEmpty)
  }

  @Test(arguments: [
    ("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 2_000))\r\n\r\n", 431),
    ("nonsense\r\n\r\n", 400), ("GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    ("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", 413),
    ("GET /livez HTTP/1.1\r\nHost: loca", 408),
    ("POST /publish HTTP/1.1\r\nHost: localhost\r\n\(json)Content-Length: 9\r\n\r\n{", 408),
  ])
  func theBoundsOfRequestsHold(bytes: String, status: Int) async throws {
    var answer = ""
    // On a busy machine the first byte may come after the time limit, which ends the connection without an answer.
    for _ in 1...10 where answer.isEmpty {
      answer = try await self.answer(to: bytes, tls: try certificates.client()) {
        $0.headerBytes = 1_024
        if status == 408 { $0.receiveTime = .seconds(2) }
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
  }

  @Test func aRequestWithoutTLSGetsAnAnswerThatPeopleCanRead() async throws {
    let answer = try await answer(to: Self.livez, tls: nil)
    #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    #expect(answer.contains("urn:sluice:problem:plain-request"))
    #expect(answer.contains("https://"))
    #expect(certificates.failures == [HandshakeReason.plain])
  }

  @Test(arguments: [
    "\u{16}\u{03}\u{01}nonsense that is no handshake", "\u{0}\u{0}\u{0}\u{0}", "{}\n",
    String(repeating: "\u{16}", count: 70_000),
  ])
  func otherBytesEndTheConnection(bytes: String) async throws {
    let server = try TestServer.encrypted(certificates) { $0.handshake = .milliseconds(500) }
    let answer = try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(bytes)
        return try await connection.readToEnd()
      }
    }
    #expect(!answer.hasPrefix("HTTP/"))
    try await waitUntil { certificates.failures.count == 1 }
  }

  @Test(arguments: ["", "\u{16}"])
  func aSlowHandshakeIsEnded(bytes: String) async throws {
    let server = try TestServer.encrypted(certificates) { $0.handshake = .milliseconds(20) }
    let answer = try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        if !bytes.isEmpty { try await connection.send(bytes) }
        return try await connection.readToEnd()
      }
    }
    #expect(answer == "")
    #expect(certificates.failures == [HandshakeReason.slow])
    #expect(server.settings.encryption?.counts.failed == 1)
  }

  @Test func aSilentHandshakeMakesRoomForOthers() async throws {
    var server = try TestServer.encrypted(certificates) { $0.handshake = .seconds(60) }
    server.settings.connections = 1
    let tls = try certificates.client()
    let answer = try await server.withService { port in
      try await RawConnection.with(port: port) { silent in
        try await silent.send([0x16])
        var answer = ""
        // Connections of different loops may enter the register in another order than they were accepted.
        for _ in 1...10 where answer.isEmpty {
          answer = try await RawConnection.with(port: port, tls: tls) { connection in
            try await connection.send(Self.livez)
            return try await connection.read { $0.hasSuffix(Self.alive) }
          }
        }
        #expect(try await silent.readToEnd() == "")
        return answer
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  /// A client that does not answer close_notify would keep the place of an idle connection otherwise.
  @Test func anIdleConnectionMakesRoomAtOnce() async throws {
    var server = try TestServer.encrypted(certificates)
    server.settings.connections = 1
    let tls = try certificates.client()
    try await server.withService { port in
      try await RawConnection.with(port: port, tls: tls) { idle in
        try await idle.send(Self.livez)
        _ = try await idle.read { $0.hasSuffix(Self.alive) }
        for connection in 1...3 {
          try await RawConnection.with(port: port, tls: tls) { next in
            try await next.send(Self.livez)
            let answer = try await next.read { $0.hasSuffix(Self.alive) }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(connection)")
          }
        }
        #expect(try await idle.readToEnd() == "")
      }
    }
  }

  /// The preface of HTTP/2 with an empty SETTINGS frame (RFC 9113, sections 3.4 and 6.5).
  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  @Test(arguments: [
    [], preface, preface + [0xFF, 0xFF, 0xFF, 1, 4, 0, 0, 0, 1], Array("nonsense\r\n\r\n".utf8),
  ])
  func aConnectionOfHTTP2WithoutARequestIsEnded(bytes: [UInt8]) async throws {
    var server = try TestServer.encrypted(certificates)
    server.settings.receiveTime = .milliseconds(200)
    let tls = try certificates.client(protocols: ["h2"])
    let answer = try await server.withService { port in
      try await RawConnection.with(port: port, tls: tls) { connection in
        if !bytes.isEmpty { try await connection.send(bytes) }
        return try await connection.readToEnd()
      }
    }
    #expect(!answer.hasPrefix("HTTP/1.1"))
    #expect(server.settings.encryption?.counts.completed == 1)
  }

  @Test func aConnectionOfHTTP2MakesRoomAndEndsWithTheServer() async throws {
    var server = try TestServer.encrypted(certificates)
    server.settings.connections = 1
    let tls = try certificates.client(protocols: ["h2"])
    let (begun, signal) = AsyncStream.makeStream(of: Void.self)
    let last = try await server.withService { port in
      try await RawConnection.with(port: port, tls: tls) { former in
        try await former.send(Self.preface)
        _ = try await former.read { !$0.isEmpty }
        let last = Task {
          defer { signal.finish() }
          return try await RawConnection.with(port: port, tls: tls) { connection in
            try await connection.send(Self.preface)
            _ = try await connection.read { !$0.isEmpty }
            signal.finish()
            return try await connection.readToEnd()
          }
        }
        _ = try await former.readToEnd()
        for await _ in begun {}
        return last
      }
    }
    _ = try await last.value
  }

  @Test func aNewCertificateServesNewConnections() async throws {
    let former = try #require(try certificates.serverCertificate)
    let server = try TestServer.encrypted(certificates)
    let encryption = try #require(server.settings.encryption)
    let pinned = try certificates.client()
    try await server.withService { [certificates] port in
      try await RawConnection.with(port: port, tls: pinned) { open in
        try await open.send(Self.livez)
        _ = try await open.read { $0.hasSuffix(Self.alive) }
        try certificates.spoilServer()
        #expect(throws: HTTPEncryptionError.self) { try encryption.reload() }
        #expect(try await Self.certificate(of: port, certificates) == former)
        try certificates.renewServer()
        try encryption.reload()
        #expect(try await Self.certificate(of: port, certificates) == certificates.serverCertificate)
        try await open.send(Self.livez)
        #expect(try await open.read { $0.hasSuffix(Self.alive) }.hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
    }
  }

  @Test func theHealthProbeSpeaksTLS() async throws {
    let server = try TestServer.encrypted(certificates)
    let settings = try #require(server.settings.encryption).settings
    let status = try await server.withService { port in
      try await HealthProbe(host: "localhost", port: port, encryption: settings).ask()
    }
    #expect(status == 200)
  }

  @Test(arguments: [("https://localhost", 200), ("http://localhost", 403)])
  func theOwnOriginHasTheSchemeHTTPS(origin: String, status: Int) async throws {
    let body = PublishedEvent(id: "1").json
    let request = """
      POST /publish HTTP/1.1\r\nHost: localhost\r\nOrigin: \(origin)\r\nConnection: close\r
      Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
      """
    let answer = try await answer(to: request, tls: try certificates.client())
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
  }

  @Test func closesIdleConnectionsWhenItStops() async throws {
    let tls = try certificates.client()
    let (answered, signal) = AsyncStream.makeStream(of: Void.self)
    let client = try await TestServer.encrypted(certificates).withService { port in
      let client = Task {
        defer { signal.finish() }
        return try await RawConnection.with(port: port, tls: tls) { connection in
          try await connection.send(Self.livez)
          _ = try await connection.read { $0.hasSuffix(Self.alive) }
          signal.finish()
          return try await connection.readToEnd()
        }
      }
      for await _ in answered {}
      return client
    }
    #expect(try await client.value == "")
  }

  /// Returns the certificate that the server presents to a new connection.
  private static func certificate(
    of port: Int, _ certificates: TestCertificates
  ) async throws -> NIOSSLCertificate? {
    let tls = try certificates.client()
    return try await RawConnection.with(port: port, tls: tls) { connection in
      try await connection.send(livez)
      _ = try await connection.read { $0.hasSuffix(alive) }
      return try await connection.peerCertificate()
    }
  }
}
