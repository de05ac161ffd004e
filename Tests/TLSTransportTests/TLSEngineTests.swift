import COpenSSL
import DevelopmentCertificates
import Testing

@testable import TLSTransport

@Suite(.timeLimit(.minutes(2))) struct TLSEngineTests {
  @Test(arguments: [1, 7, 1_000, .max])
  func theHandshakeCompletesWhereverItsBytesAreCut(chunk: Int) async throws {
    try await withCertificates { folder in
      let pair = EnginePair(try TLSContext(folder.client()), try TLSContext(folder.server()))
      let outcome = pair.handshake(chunk: chunk)
      #expect(outcome.client == nil && outcome.server == nil)
      #expect(try pair.client.handshake() && pair.server.handshake())
      #expect(pair.client.version == "TLSv1.3")
    }
  }

  @Test(arguments: [1, 16_384, 16_385, 200_000], [3, 1_000, .max])
  func bytesArriveUnchangedWhereverTheirCiphertextIsCut(size: Int, chunk: Int) async throws {
    guard size / chunk < 20_000 else { return }
    try await withCertificates { folder in
      let pair = EnginePair(try TLSContext(folder.client()), try TLSContext(folder.server()))
      _ = pair.handshake()
      try pair.client.write(pattern(size))
      var received: [UInt8] = []
      for piece in pair.client.takeOutput().pieces(chunk) {
        pair.server.receive(piece)
        let (bytes, end) = pair.server.readAll()
        #expect(end == .nothing)
        received += bytes
      }
      #expect(received == pattern(size))
      #expect(pair.server.unreadBytes == 0)
    }
  }

  @Test func aServerWithTheMinimum12ServesAClientOfThatVersion() async throws {
    try await withCertificates { folder in
      var settings = try folder.server()
      settings.minimum = .tls12
      let pair = EnginePair(try oldClient(folder), try TLSContext(settings))
      let outcome = pair.handshake(chunk: 1)
      #expect(outcome.client == nil && outcome.server == nil)
      #expect(pair.server.version == "TLSv1.2")
      #expect(pair.client.channelBinding == pair.server.channelBinding)
      #expect(pair.client.channelBinding?.count == 32)
    }
  }

  @Test func anOldPeerWithoutAnExtendedMasterSecretIsRefused() async throws {
    try await withCertificates { folder in
      var settings = try folder.server()
      settings.minimum = .tls12
      let client = try oldClient(folder)
      SSL_CTX_set_options(client.context, UInt64(1) << 0)  // SSL_OP_NO_EXTENDED_MASTER_SECRET
      let pair = EnginePair(client, try TLSContext(settings))
      let outcome = pair.handshake()
      #expect(outcome.server?.kind == .noChannelBinding)
      #expect(pair.server.channelBinding == nil)
    }
  }

  @Test func oneDirectionEndsWhileTheOtherGoesOn() async throws {
    try await withCertificates { folder in
      let pair = EnginePair(try TLSContext(folder.client()), try TLSContext(folder.server()))
      _ = pair.handshake()
      try pair.client.write([1, 2])
      pair.client.finishWriting()
      pair.client.finishWriting()
      pair.server.receive(pair.client.takeOutput())
      #expect(pair.server.readAll() == ([1, 2], .end))
      try pair.server.write([3])
      pair.client.receive(pair.server.takeOutput())
      #expect(pair.client.readAll() == ([3], .nothing))
    }
  }

  @Test func bothEndsOfAConnectionAloneHaveItsChannelBinding() async throws {
    try await withCertificates { folder in
      let contexts = (try TLSContext(folder.client()), try TLSContext(folder.server()))
      let pairs = (0..<2).map { _ in EnginePair(contexts.0, contexts.1) }
      #expect(pairs[0].client.channelBinding == nil)
      for pair in pairs { _ = pair.handshake() }
      let bindings = pairs.map { ($0.client.channelBinding, $0.server.channelBinding) }
      #expect(bindings[0].0 == bindings[0].1 && bindings[0].0?.count == 32)
      #expect(bindings[0].0 != bindings[1].0)
    }
  }

  @Test func aChangedRecordEndsTheConnection() async throws {
    try await withCertificates { folder in
      let pair = EnginePair(try TLSContext(folder.client()), try TLSContext(folder.server()))
      _ = pair.handshake()
      try pair.client.write(pattern(100))
      var record = pair.client.takeOutput()
      record[50] ^= 1
      pair.server.receive(record)
      guard case .failed(let failure) = pair.server.readAll().1 else {
        Issue.record("the record was taken")
        return
      }
      #expect(failure.kind == .damagedRecord)
      #expect(throws: failure) { try pair.server.write([1]) }
      pair.client.receive(pair.server.takeOutput())
      guard case .failed = pair.client.readAll().1 else {
        Issue.record("no alert arrived")
        return
      }
    }
  }

  @Test func plainBytesAfterTheHandshakeEndTheConnection() async throws {
    try await withCertificates { folder in
      let pair = EnginePair(try TLSContext(folder.client()), try TLSContext(folder.server()))
      _ = pair.handshake()
      pair.server.receive(Array("GET / HTTP/1.1\r\n\r\n".utf8))
      guard case .failed(let failure) = pair.server.readAll().1 else {
        Issue.record("the bytes were taken")
        return
      }
      #expect(failure.kind == .damagedRecord)
    }
  }

  @Test func aVerifiedCertificateHasTheNamesOfItsOwner() async throws {
    try await withCertificates { folder in
      var settings = try folder.server()
      settings.clientAuthorities = folder.authorities
      let names = [
        "DNS:producer.example", "URI:spiffe://example/producer", "email:p@example.org", "IP:10.0.0.1",
      ]
      let pair = EnginePair(
        try TLSContext(folder.clientWithCertificate(names: names)), try TLSContext(settings))
      #expect(pair.server.peerNames.isEmpty)
      _ = pair.handshake()
      #expect(
        pair.server.peerNames == ["producer.example", "spiffe://example/producer", "p@example.org"])
      #expect(pair.client.peerNames == ["localhost"])
    }
  }

  @Test func aServerThatOnlyAsksServesAClientWithoutACertificate() async throws {
    try await withCertificates { folder in
      var settings = try folder.server()
      settings.clientAuthorities = folder.authorities
      let pair = EnginePair(try TLSContext(folder.client()), try TLSContext(settings))
      let outcome = pair.handshake()
      #expect(outcome.client == nil && outcome.server == nil)
      #expect(pair.server.peerNames.isEmpty)
    }
  }

  @Test(arguments: ["127.0.0.1", "localhost"]) func aNameOrAnAddressOfTheCertificateIsAccepted(name: String)
    async throws
  {
    try await withCertificates { folder in
      let pair = EnginePair(
        try TLSContext(folder.client()), try TLSContext(folder.server()), serverName: name)
      #expect(pair.handshake().client == nil)
    }
  }

  @Test func aPinStandsInForAuthorityAndName() async throws {
    try await withCertificates { folder in
      let settings = try folder.server(names: ["DNS:elsewhere.example"])
      let pin = try #require(PEMFile(settings.certificate).certificates()[0].pin)
      var client = TLSClientSettings()
      client.pins = [TLSPin(digest: [UInt8](repeating: 0, count: 32)), pin]
      let pair = EnginePair(try TLSContext(client), try TLSContext(settings))
      let outcome = pair.handshake()
      #expect(outcome.client == nil && outcome.server == nil)
    }
  }
}

/// A client that speaks nothing newer than TLS 1.2.
func oldClient(_ folder: CertificateFolder) throws -> TLSContext {
  var settings = folder.client()
  settings.minimum = .tls12
  let context = try TLSContext(settings)
  #expect(
    SSL_CTX_ctrl(context.context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1)
  return context
}
