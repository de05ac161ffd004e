import Glibc
import SocketIO
import Synchronization
import Testing
import Waiting

@testable import TLSTransport

@Suite(.timeLimit(.minutes(2))) struct TLSTransportTests {
  private let pool = HandshakePool(width: 2)

  @Test(arguments: [1, 100_000, 3_000_000])
  func bytesOfBothSidesArriveAlsoIfTheyWereSentBeforeTheHandshake(size: Int) async throws {
    try await withConnection { client, server in
      await client.perform { $0.send(pattern(size)) }
      await server.perform { $0.send([pattern(size), [], pattern(10)]) }
      try await waitUntil {
        server.record.now.bytes.count == size && client.record.now.bytes.count == size + 10
      }
      #expect(server.record.now.bytes == pattern(size))
      #expect(client.record.now.bytes == pattern(size) + pattern(10))
      #expect(server.record.now.turns > 0)
      #expect(pool.figures.completed == 2 && pool.figures.failed == 0)
      #expect(pool.figures.processorTime > .zero)
    }
  }

  @Test(arguments: [1, 20_000, 500_000])
  func aBodyIsDecryptedIntoTheMemoryOfItsOwner(size: Int) async throws {
    try await withConnection(server: { Owner(bodyBytes: size) }) { client, server in
      await client.perform { $0.send(pattern(size + 1_000)) }
      try await waitUntil { server.record.now.bytes.count == size + 1_000 }
      #expect(server.record.now.bytes == pattern(size + 1_000))
    }
  }

  @Test func aPausedReaderSlowsTheSenderAndLosesNothing() async throws {
    let size = 4_000_000
    try await withConnection(server: { Owner(pausesAfter: 1, bodyBytes: 500) }) { client, server in
      await client.perform { $0.send(pattern(size)) }
      try await waitUntil { server.record.now.bytes.count > 0 }
      try await waitUntil { await client.perform { $0.unsentBytes } > 0 }
      #expect(await client.perform { $0.unsentBytes } > size / 2, "ciphertext that waits is counted")
      #expect(await server.perform { $0.undeliveredBytes } <= 80 << 10)
      #expect(await server.perform { !$0.isReading })
      // Each turn of the wait delivers one record of about 250, and a busy machine takes long for a turn.
      try await waitUntil(limit: .seconds(300)) {
        await server.perform { $0.resumeReading() }
        return server.record.now.bytes.count == size
      }
      #expect(server.record.now.bytes == pattern(size))
      #expect(await client.perform { $0.unsentBytes } == 0)
      #expect(await server.perform { $0.undeliveredBytes } == 0)
    }
  }

  @Test func oneDirectionEndsWhileTheOtherGoesOn() async throws {
    try await withConnection { client, server in
      await client.perform {
        $0.send(pattern(10))
        $0.shutdownWrite()
        $0.send([1])
      }
      try await waitUntil { server.record.now.hasEnded }
      #expect(server.record.now.bytes == pattern(10))
      await server.perform {
        $0.send(pattern(20))
        $0.shutdownWrite()
      }
      try await waitUntil { client.record.now.hasEnded }
      #expect(client.record.now.bytes == pattern(20))
      #expect(client.record.now.failure == nil && server.record.now.failure == nil)
    }
  }

  @Test func closingTellsThePeerThatNothingIsMissing() async throws {
    try await withConnection { client, server in
      try await waitUntil { await client.perform { $0.channelBinding } != nil }
      await client.perform { $0.close() }
      try await waitUntil { server.record.now.hasEnded || server.record.now.failure != nil }
      #expect(server.record.now.failure == nil)
    }
  }

  @Test func aConnectionThatIsCutFails() async throws {
    try await withCertificates { folder in
      let (near, far) = try connectedDescriptors()
      // An engine by hand, so that the connection ends without close_notify.
      let server = await End.start(near, try TLSContext(folder.server()), pool: pool)
      let client = TLSEngine(try TLSContext(folder.client()), serverName: "localhost")
      let peer = BlockingPeer(far)
      while try !client.handshake() {
        peer.send(client.takeOutput())
        client.receive(peer.receive())
      }
      try client.write([1])
      peer.send(client.takeOutput())
      peer.close()
      try await waitUntil { server.record.now.failure != nil }
      #expect(server.record.now.bytes == [1])
      let reason = "the connection was cut: it ended without the closing message of TLS"
      #expect(server.record.now.failure?.reason == reason)
      #expect(await server.perform { $0.isClosed })
    }
  }

  @Test func aPeerWithoutTLSGetsAnAnswerThatItCanRead() async throws {
    try await withCertificates { folder in
      let (near, far) = try connectedDescriptors()
      var events = TLSEvents()
      events.answerToPlain = Array("this port speaks TLS".utf8)
      let failures = Failures()
      events.failed = { failure, _ in failures.add(failure.kind) }
      let server = await End.start(near, try TLSContext(folder.server()), pool: pool, events: events)
      let peer = BlockingPeer(far)
      peer.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
      #expect(peer.receiveToEnd() == events.answerToPlain)
      peer.close()
      try await waitUntil { server.record.now.failure != nil }
      #expect(failures.kinds == [.notTLS])
      #expect(pool.figures.failed == 1)
    }
  }

  @Test func bothSidesOfAFailedHandshakeLearnTheReason() async throws {
    try await withCertificates { folder in
      let (near, far) = try connectedDescriptors()
      let other = try folder.server(names: ["DNS:elsewhere.example"])
      let server = await End.start(near, try TLSContext(other), pool: pool)
      let client = await End.start(far, try TLSContext(folder.client()), pool: pool, sends: [1, 2, 3])
      try await waitUntil { server.record.now.failure != nil && client.record.now.failure != nil }
      #expect(
        "\(client.record.now.failure!)".hasPrefix(
          "cannot use TLS with the peer: the certificate of the server"))
      #expect("\(server.record.now.failure!)".contains("refused the certificate of this side"))
      #expect(server.record.now.bytes.isEmpty)
      #expect(pool.figures.failed == 2)
    }
  }

  @Test func aPeerThatEndsInTheHandshakeFails() async throws {
    try await withCertificates { folder in
      let (near, far) = try connectedDescriptors()
      let server = await End.start(near, try TLSContext(folder.server()), pool: pool)
      BlockingPeer(far).close()
      try await waitUntil { server.record.now.failure != nil }
      #expect(server.record.now.failure?.reason == "the client ended the connection during the handshake")
    }
  }

  @Test func aConnectionMayBeClosedAtAnyMomentOfItsHandshake() async throws {
    try await withCertificates { folder in
      for _ in 0..<20 {
        let (near, far) = try connectedDescriptors()
        let server = await End.start(near, try TLSContext(folder.server()), pool: pool)
        let client = await End.start(far, try TLSContext(folder.client()), pool: pool)
        await client.perform { $0.close() }
        await server.perform { $0.close() }
        #expect(await server.perform { $0.isClosed && $0.unsentBytes == 0 })
      }
    }
  }

  private func withConnection(
    server: @escaping @Sendable () -> Owner = { Owner() }, _ body: (End, End) async throws -> Void
  ) async throws {
    try await withCertificates { folder in
      let (near, far) = try connectedDescriptors()
      let serverEnd = await End.start(near, try TLSContext(folder.server()), pool: pool, owner: server)
      let clientEnd = await End.start(far, try TLSContext(folder.client()), pool: pool)
      try await body(clientEnd, serverEnd)
      for end in [clientEnd, serverEnd] { await end.perform { $0.close() } }
    }
  }
}

/// The kinds of failures that a transport reported.
private final class Failures: Sendable {
  private let found = Mutex<[TLSFailure.Kind]>([])
  var kinds: [TLSFailure.Kind] { found.withLock { $0 } }
  func add(_ kind: TLSFailure.Kind) { found.withLock { $0.append(kind) } }
}

/// A peer that uses system calls which wait, for at most 20 s.
private struct BlockingPeer {
  private let descriptor: CInt

  init(_ descriptor: CInt) {
    self.descriptor = descriptor
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  func send(_ bytes: [UInt8]) {
    #expect(Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count)
  }

  func receive() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 20_000)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
  }

  func receiveToEnd() -> [UInt8] {
    var all: [UInt8] = []
    while case let more = receive(), !more.isEmpty { all += more }
    return all
  }

  func close() { _ = Glibc.close(descriptor) }
}
