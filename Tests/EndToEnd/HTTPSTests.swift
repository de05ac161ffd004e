import Foundation
import TestSupport
import Testing

/// HTTP over TLS, keys over TLS and logins by certificate, with the real programs and with curl.
@Suite(.timeLimit(.minutes(5))) struct HTTPSTests {
  @Test func keysWorkOverTLSOnBothPorts() async throws {
    try await withServer({ $0.server }) { certificates, credentials, daemon in
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort,
        ["--events", "100", "--key-file", credentials.keyFile("shop")] + certificates.trust)
      #expect(exit == .status(0), "\(errors)")
      let key = try credentials.headerFile("shop")
      let answer = try await Curl(daemon.url("/stats"), certificates.curl + ["--header", "@\(key)"])
      #expect(answer.status == 200 && answer.body.contains("\"received\":100"), "\(answer)")
      #expect(try await Curl(daemon.url("/stats"), certificates.curl).status == 401)
      let metrics = try await Curl(daemon.url("/metrics"), certificates.curl + ["--header", "@\(key)"])
      #expect(metrics.body.contains("sluice_http_tls_handshakes_total{outcome=\"completed\"}"))
    }
  }

  @Test func aRunIsVerifiedOverTLSWithItsKey() async throws {
    try await withServer({ $0.server }) { certificates, credentials, daemon in
      let key = ["--key-file", credentials.keyFile("shop")]
      let verified = ["--events", "100", "--duplicates", "0.2", "--verify", daemon.url("")]
      let (exit, _, errors) = try await publish(to: daemon.tcpPort, verified + key + certificates.trust)
      #expect(exit == .status(0), "\(errors)")
      try await credentials.add("writer")
      let other = ["--key-file", credentials.keyFile("writer")] + verified + certificates.trust
      try await waitUntil {
        try await publish(to: daemon.tcpPort, other).errors.contains("the key lacks the role read")
      }
    }
  }

  @Test(arguments: [("--http1.1", "1.1"), ("--http2", HTTPSTests.secondVersion)])
  func theVersionIsChosenByALPN(option: String, version: String) async throws {
    try await withServer({ $0.server }) { certificates, _, daemon in
      let answer = try await Curl(daemon.url("/health"), certificates.curl + [option])
      #expect(answer.status == 200)
      #expect(answer.version == version)
    }
  }

  /// The bounds and the rights of requests of HTTP/2.
  @Test func theBoundsOfHTTP2Hold() async throws {
    try await withServer({ $0.server }) { certificates, credentials, daemon in
      let options = certificates.curl + ["--http2"]
      let key = ["--header", "@\(try credentials.headerFile("shop"))"]
      let json = key + ["--header", "Content-Type: application/json"]
      let event =
        #"{"topic":"a","event_id":"1","timestamp":"2026-01-02T03:04:05Z","source":"s","payload":{}}"#
      let stored = try await Curl(daemon.url("/publish"), options + json + ["--data-binary", event])
      #expect(stored.status == 200 && stored.version == "2", "\(stored)")
      let head = try await Curl(daemon.url("/events"), options + key + ["--head"])
      #expect(head.status == 200)
      let cases: [(String, [String], Int)] = [
        ("/events", [], 401), ("/audit", key, 403), ("/nothing", key, 404),
        ("/health", ["--header", "Host: evil.example"], 421),
        ("/publish", json + ["--data-binary", "nonsense"], 400),
        ("/publish", json + ["--header", "Origin: http://localhost", "--data-binary", event], 403),
        ("/publish", json + ["--data-binary", "@\(try large(in: certificates.directory))"], 413),
      ]
      for (path, arguments, status) in cases {
        let answer = try await Curl(daemon.url(path), options + arguments)
        #expect(answer.status == status, "\(path) \(arguments) \(answer)")
      }
      let long = "X: " + String(repeating: "x", count: 100_000)
      #expect(try await Curl(daemon.url("/health"), options + ["--header", long]).status != 200)
      #expect(try await Curl(daemon.url("/health"), options).status == 200)
    }
  }

  @Test func aRevocationEndsAStreamOfHTTP2() async throws {
    try await withServer({ $0.askingServer }) { certificates, credentials, daemon in
      let arguments =
        certificates.curlWithCertificate + [
          "--http2", "--silent", "--no-buffer", "--dump-header", "-", daemon.url("/events/stream"),
        ]
      try await Program.run("/usr/bin/curl", arguments: arguments) { program in
        try await waitUntil { program.standardOutput.contains("HTTP/2 200") }
        try await credentials.run(["revoke", "machine"])
        _ = try await program.exit()
      }
      #expect(try await Curl(daemon.url("/stats"), certificates.curlWithCertificate).status == 401)
    }
  }

  /// Writes a body that is larger than `http.body.bytes`, and returns its path.
  private func large(in directory: String) throws -> String {
    let path = "\(directory)/large.json"
    try String(repeating: " ", count: 17 << 20).write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// The version that a client gets that offers HTTP/2.
  static let secondVersion = "2"

  @Test func aClientWithoutTheAuthorityRefusesTheServer() async throws {
    try await withServer({ $0.server }) { certificates, _, daemon in
      // A certificate that did not sign the server's.
      let other = "\(certificates.directory)/client.pem"
      let answer = try await Curl(daemon.url("/health"), ["--cacert", other])
      #expect(answer.exit == .status(60))
      try await waitUntil {
        daemon.program.standardError.contains("it refuses the certificate of the server")
      }
    }
  }

  @Test func aRequestWithoutTLSGetsAnAnswer() async throws {
    try await withServer({ $0.server }) { _, _, daemon in
      let answer = try await daemon.get("/health")
      #expect(answer.status == 400)
      #expect(answer.text.contains("https://"))
    }
  }

  @Test func aProxyMayCarryTLSForTheHTTPPort() async throws {
    try await withServer({ $0.server + ["--http-tls", "false"] }) { _, _, daemon in
      let answer = try await daemon.get("/health")
      #expect(answer.status == 200)
    }
  }

  @Test func theHealthCheckSpeaksTLS() async throws {
    try await withServer({ $0.server }) { certificates, _, daemon in
      let arguments = ["healthcheck", "--http-port", "\(daemon.httpPort)"] + certificates.server
      try await Program.run("sluiced", arguments: arguments) { program in
        let exit = try await program.exit()
        #expect(exit == .status(0), "\(program.standardError)")
      }
    }
  }

  @Test func bothPortsTakeUpANewCertificate() async throws {
    try await withServer({ $0.server }) { certificates, credentials, daemon in
      try certificates.replaceServer()
      let next = "\(certificates.directory)/next.pem"
      try await waitUntil {
        daemon.program.standardError.contains("certificate loaded again; new connections get it")
      }
      let answer = try await Curl(daemon.url("/health"), ["--cacert", next])
      #expect(answer.status == 200, "\(answer)")
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort,
        [
          "--events", "10", "--host", "localhost", "--tls", "--tls-ca", next,
          "--key-file", credentials.keyFile("shop"),
        ])
      #expect(exit == .status(0), "\(errors)")
    }
  }

  @Test func aCertificateLogsInOnBothPortsUntilItIsRevoked() async throws {
    try await withServer({ $0.askingServer }) { certificates, credentials, daemon in
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort, ["--events", "50"] + certificates.client)
      #expect(exit == .status(0), "\(errors)")
      let answer = try await Curl(daemon.url("/stats"), certificates.curlWithCertificate)
      #expect(answer.status == 200 && answer.body.contains("\"received\":50"), "\(answer)")
      #expect(try await Curl(daemon.url("/audit"), certificates.curlWithCertificate).status == 403)
      try await RunningPublisher.run(
        to: [daemon.tcpPort], events: 10_000_000, rate: 500, certificates.client
      ) { publisher in
        try await waitUntil {
          try await Curl(daemon.url("/stats"), certificates.curlWithCertificate).body
            .contains("\"received\":50,") == false
        }
        try await credentials.run(["revoke", "machine"])
        let exit = try await publisher.program.exit()
        #expect(exit == .status(3), "\(publisher.program.standardError)")
      }
      #expect(try await Curl(daemon.url("/stats"), certificates.curlWithCertificate).status == 401)
    }
  }

  @Test func aKeyGoesBeforeTheCertificate() async throws {
    try await withServer({ $0.askingServer }) { certificates, credentials, daemon in
      let (exit, _, errors) = try await publish(
        to: daemon.tcpPort,
        ["--events", "10", "--key-file", credentials.keyFile("shop")] + certificates.client)
      #expect(exit == .status(0), "\(errors)")
      let header = try credentials.headerFile("shop")
      try await credentials.run(["revoke", "machine"])
      let answer = try await Curl(
        daemon.url("/stats"), certificates.curlWithCertificate + ["--header", "@\(header)"])
      #expect(answer.status == 200)
    }
  }

  /// Runs a daemon with the principals `shop`, which has a key, and `machine`, which has the certificate of
  /// `sluiced dev-certs`.
  private func withServer(
    _ arguments: (CertificateFiles) -> [String],
    _ body: (CertificateFiles, TestCredentials, Daemon) async throws -> Void
  ) async throws {
    try await CertificateFiles.run { certificates in
      let credentials = try TestCredentials()
      defer { credentials.remove() }
      try await credentials.add("shop", ["--role", "read"])
      try await credentials.add("machine", ["--role", "read", "--certificate", "producer.localhost"])
      try await TestPostgres.shared.withDatabase { conninfo in
        let all = arguments(certificates) + ["--auth-credentials", credentials.file]
        try await Daemon.run(over: conninfo, arguments: all) { daemon in
          try await body(certificates, credentials, daemon)
        }
      }
    }
  }
}

extension Daemon {
  /// The URL of a path on the HTTP port with TLS.
  func url(_ path: String) -> String { "https://localhost:\(httpPort)\(path)" }
}

extension TestCredentials {
  /// Writes the header field with the key of a principal into a file, and returns its path.
  func headerFile(_ name: String) throws -> String {
    let path = "\(directory)/\(name).header"
    try "Authorization: Bearer \(try key(name))\n".write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }
}
