import DevelopmentCertificates
import Testing

@testable import TLSTransport

/// Handshakes that fail: each side gets a reason in words that name the cause.
@Suite(.timeLimit(.minutes(2))) struct TLSFailureTests {
  /// Things that are wrong in a handshake.
  enum Fault: CaseIterable {
    case expired, notYetValid, wrongName, wrongAddress, unknownAuthority, otherKey
    case noClientCertificate, unknownClientAuthority, expiredClient, serverCertificateAsClient
    case version, plainClient, plainServer
  }

  @Test(
    arguments: [
      (Fault.expired, TLSFailure.Kind.expired, TLSFailure.Kind.certificateRefused),
      (.notYetValid, .notYetValid, .certificateRefused),
      (.wrongName, .wrongName, .certificateRefused),
      (.wrongAddress, .wrongName, .certificateRefused),
      (.unknownAuthority, .unknownAuthority, .certificateRefused),
      (.otherKey, .otherKey, nil),
      (.noClientCertificate, .certificateRequired, .certificateRequired),
      (.unknownClientAuthority, .certificateRefused, .unknownAuthority),
      (.expiredClient, .certificateRefused, .expired),
      (.serverCertificateAsClient, .certificateRefused, .badCertificate),
      (.version, .version, .version),
      (.plainClient, nil, .notTLS),
      (.plainServer, .notTLS, nil),
    ] as [(Fault, TLSFailure.Kind?, TLSFailure.Kind?)])
  func eachSideNamesTheCause(fault: Fault, client: TLSFailure.Kind?, server: TLSFailure.Kind?) async throws {
    try await withCertificates { folder in
      let pair = try pair(with: fault, folder)
      switch fault {
      case .plainClient: pair.server.receive(Array("hello".utf8))
      case .plainServer: pair.client.receive(Array("HTTP/1.1 400 This is".utf8))
      default: break
      }
      let outcome = pair.handshake(chunk: fault == .plainClient ? .max : 11)
      var clientFailure = outcome.client
      // The client of TLS 1.3 is done before the server has looked at its certificate.
      if clientFailure == nil, fault != .plainClient, case .failed(let failure) = pair.client.readAll().1 {
        clientFailure = failure
      }
      #expect(clientFailure?.kind == client)
      if let server { #expect(outcome.server?.kind == server) }
      for failure in [clientFailure, outcome.server].compactMap({ $0 }) {
        #expect(!failure.description.isEmpty && !failure.description.contains("\n"))
        #expect(failure.description.last != ".")
      }
    }
  }

  @Test func aNameThatDoesNotMatchIsNamed() async throws {
    try await withCertificates { folder in
      let pair = try pair(with: .wrongName, folder)
      #expect(
        pair.handshake().client?.description
          == "the certificate of the server is not for localhost: connect by a name of the certificate, or set"
          + " the server name of TLS to one")
    }
  }

  private func pair(with fault: Fault, _ folder: CertificateFolder) throws -> EnginePair {
    let stranger = try CertificateAuthority(name: "another authority", days: 10)
    var client = folder.client()
    var server = try folder.server()
    var now = CertificateFolder.now
    var serverName = "localhost"
    switch fault {
    case .expired:
      server = try folder.server(lifetime: CertificateFolder.expired)
      now -= 5_000
    case .notYetValid:
      server = try folder.server(lifetime: CertificateFolder.future)
      now += 100_000
    case .wrongName: server = try folder.server(names: ["DNS:elsewhere.example"])
    case .wrongAddress: serverName = "127.0.0.2"
    case .unknownAuthority: server = try folder.server(by: stranger)
    case .otherKey: client.pins = [TLSPin(digest: [UInt8](repeating: 7, count: 32))]
    case .noClientCertificate, .unknownClientAuthority, .expiredClient, .serverCertificateAsClient:
      server.clientAuthorities = folder.authorities
      server.requiresClientCertificate = true
      switch fault {
      case .unknownClientAuthority: client = try folder.clientWithCertificate(by: stranger)
      case .expiredClient:
        client = try folder.clientWithCertificate(lifetime: CertificateFolder.expired)
        return EnginePair(
          try TLSContext(client, at: now - 5_000), try TLSContext(server), serverName: serverName)
      case .serverCertificateAsClient: (client.certificate, client.key) = (server.certificate, server.key)
      default: break
      }
    case .version:
      return EnginePair(try oldClient(folder), try TLSContext(server), serverName: serverName)
    case .plainClient, .plainServer: break
    }
    return EnginePair(try TLSContext(client), try TLSContext(server, at: now), serverName: serverName)
  }
}
