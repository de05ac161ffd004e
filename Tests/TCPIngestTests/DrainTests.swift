import Ingest
import TCPIngest
import Testing
import Waiting
import WireProtocol

struct DrainTests {
  @Test func whatWasAcceptedIsCommittedAndAnsweredBeforeTheEnd() async throws {
    let server = try TestServer()
    server.store.setGate(open: false)
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    client.publish(1, try sampleColumns(10))
    _ = client.next()
    async let drained = server.server.drain(within: .seconds(20))
    guard case .leaving(let goAway) = client.next() else {
      Issue.record("no GOAWAY")
      return
    }
    #expect(goAway.lastSequence == 1)
    server.store.setGate(open: true)
    #expect(client.commits(1).map(\.sequence) == [1])
    client.shutDownWriting()
    #expect(await drained == 0)
    server.queue.close()
  }

  @Test func aDrainThatTakesTooLongSaysWhatItAbandons() async throws {
    let server = try TestServer()
    server.store.setGate(open: false)
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    client.publish(1, try sampleColumns(10))
    _ = client.next()
    #expect(await server.server.drain(within: .milliseconds(50)) == 1)
    server.store.setGate(open: true)
    server.queue.close()
  }

  @Test func aClientThatLeavesIsAnsweredFirst() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    client.publish(1, try sampleColumns(10))
    client.leave()
    #expect(client.commits(1).map(\.sequence) == [1])
    _ = client.readToEnd()
    await server.stop()
  }

  @Test func aClientThatShutsDownItsSideIsAnsweredFirst() async throws {
    let server = try TestServer()
    server.store.setGate(open: false)
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    client.publish(1, try sampleColumns(10))
    client.shutDownWriting()
    _ = client.next()
    server.store.setGate(open: true)
    #expect(client.commits(1).map(\.sequence) == [1])
    await server.stop()
  }

  @Test func aClientThatVanishesInTheMiddleOfAFrameLeavesNothingBehind() async throws {
    let server = try TestServer()
    do {
      let client = try RawClient(port: server.port)
      _ = client.handshake()
      let columns = try sampleColumns(5_000)
      var writer = FrameWriter()
      writer.publish(
        PublishHeader(sequence: 1, base: 1, timeToLive: 0, codec: .none, rawLength: columns.count),
        columns: columns)
      client.send(Array(writer.take().dropLast(100)))
    }
    let other = try RawClient(port: server.port)
    _ = other.handshake()
    other.publish(1, try sampleColumns(3))
    #expect(other.commits(1).count == 1)
    await server.stop()
    #expect(server.store.storedKeys == 3)
    try await waitUntil { server.memory.reserved == 0 }
  }
}
