import Glibc
import SpecVectors
import TCPIngest
import Testing
import WireProtocol

/// A whole server over a socket against `spec/vectors/connections.json`.
struct SocketVectorTests {
  /// Without the vectors of certificates, which need TLS; `CertificateLoginTests` has their rules over TLS.
  @Test(arguments: ConnectionVector.all.filter { !$0.hasCertificate })
  func theServerDoesWhatTheVectorSaysOverASocket(_ vector: ConnectionVector) async throws {
    let server = try TestServer(authenticator: vector.key.map { TestAuthenticator($0) }) {
      $0.limits.batch.events = vector.limits?.events ?? $0.limits.batch.events
      $0.limits.batch.dictionary = vector.limits?.dictionary ?? $0.limits.batch.dictionary
      if let batches = vector.limits?.creditBatches { $0.credit.batches = UInt64(batches) }
      if let bytes = vector.limits?.creditBytes { $0.credit.bytes = UInt64(bytes) }
    }
    if vector.holds { server.store.setGate(open: false) }
    play(vector, on: try RawClient(port: server.port), server)
    await server.stop()
  }

  private func play(_ vector: ConnectionVector, on client: RawClient, _ server: TestServer) {
    var said = ServerWords(key: vector.key)
    var heard = 0
    var isOpen = true
    for step in vector.steps {
      said.sent(step.client.bytes)
      client.send(step.client.bytes)
      while isOpen, said.words.count < heard + step.server.count { isOpen = read(client, into: &said) }
      #expect(ServerWords.inOrder(said.words[heard...]) == step.server)
      heard = said.words.count
    }
    // The server says nothing else, but that a batch that it held is committed.
    server.store.setGate(open: true)
    client.shutDownWriting()
    while isOpen { isOpen = read(client, into: &said) }
    #expect(said.words[heard...].filter { $0 != "ended" && !$0.hasPrefix("committed") } == [])
  }

  /// False at the end of the connection.
  private func read(_ client: RawClient, into said: inout ServerWords) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(client.descriptor, &buffer, buffer.count, 0)
    guard count > 0 else {
      said.end()
      return false
    }
    said.append(Array(buffer.prefix(count)))
    return true
  }
}
