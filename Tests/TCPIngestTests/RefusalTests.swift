import Ingest
import StoreInterface
import TCPIngest
import Testing
import Waiting
import WireProtocol

struct RefusalTests {
  /// Returns the error code that ends a client's connection; nil without an error.
  private func ending(of client: RawClient) -> ErrorCode? {
    while true {
      switch client.next() {
      case .failed(let error): return error.error.code
      case .welcomed, .accepted, .committed, .creditRaised: continue
      default: return nil
      }
    }
  }

  @Test(arguments: ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}", "hello, server\n"])
  func aStrangerGetsOneReadableLine(_ greeting: String) async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    client.send(Array(greeting.utf8))
    let answer = String(decoding: client.readToEnd(), as: UTF8.self)
    #expect(answer.contains("This is the ingest port of Sluice"))
    await server.stop()
  }

  @Test(arguments: [
    (RegistrationError.notYours, ErrorCode.producerNotYours), (.stale, .producerStale),
    (.unavailable, .storeUnavailable),
  ])
  func aRefusedRegistrationEndsTheConnection(_ refusal: RegistrationError, _ code: ErrorCode) async throws {
    let server = try TestServer()
    server.store.refuse(refusal)
    let client = try RawClient(port: server.port)
    guard case .failed(let frame) = client.handshake() else {
      Issue.record("the registration was not refused")
      return await server.stop()
    }
    #expect(frame.error.code == code)
    // By chance, so that those who were refused together do not return together.
    let isDelayed = (.milliseconds(500) ... .milliseconds(1_500)).contains(frame.delay)
    #expect(refusal == .unavailable ? isDelayed : frame.delay == .zero)
    await server.stop()
  }

  @Test func aSilentClientIsTimedOutInTheHandshake() async throws {
    let server = try TestServer { $0.handshake = .milliseconds(50) }
    let client = try RawClient(port: server.port)
    let bytes = client.readToEnd()
    #expect(bytes.starts(with: Preface.bytes))
    await server.stop()
  }

  @Test func aClientThatFallsSilentIsDisconnected() async throws {
    let server = try TestServer {
      $0.limits.idleTimeout = .milliseconds(60)
      $0.limits.heartbeat = .milliseconds(20)
    }
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    var code: ErrorCode?
    while code == nil {
      if case .failed(let error) = client.next() { code = error.error.code }
    }
    #expect(code == .peerSilent)
    await server.stop()
  }

  @Test func aStalledBodyIsDisconnectedAndItsMemoryFreed() async throws {
    let server = try TestServer { $0.bodyProgress = .milliseconds(50) }
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    let columns = try sampleColumns(1_000)
    var writer = FrameWriter()
    writer.publish(
      PublishHeader(sequence: 1, base: 1, timeToLive: 0, codec: .none, rawLength: columns.count),
      columns: columns)
    client.send(Array(writer.take().prefix(1_000)))
    #expect(ending(of: client) == .peerSilent)
    await server.stop()
    try await waitUntil { server.memory.reserved == 0 }
  }

  @Test func aConnectionBeyondTheLimitIsToldSo() async throws {
    let server = try TestServer { $0.connections = 2 }
    let first = [try RawClient(port: server.port), try RawClient(port: server.port)]
    for client in first {
      _ = client.handshake()
      client.publish(1, try sampleColumns(1))
      #expect(client.commits(1).count == 1)
    }
    let third = try RawClient(port: server.port)
    #expect(ending(of: third) == .tooManyConnections)
    first[0].publish(2, try sampleColumns(1))
    #expect(first[0].commits(1).count == 1)
    await server.stop()
  }

  @Test func aNewerConnectionOfAProducerEndsTheOlder() async throws {
    let server = try TestServer()
    let producer = ProducerID.fresh()
    let older = try RawClient(port: server.port, producer: producer)
    _ = older.handshake()
    let newer = try RawClient(port: server.port, producer: producer)
    _ = newer.handshake()
    #expect(ending(of: older) == .superseded)
    newer.publish(1, try sampleColumns(1))
    #expect(newer.commits(1).count == 1)
    await server.stop()
  }

  @Test func damagedBytesEndOneConnectionAndNoOther() async throws {
    let server = try TestServer()
    let good = try RawClient(port: server.port)
    _ = good.handshake()
    let bad = try RawClient(port: server.port)
    _ = bad.handshake()
    var writer = FrameWriter()
    writer.publish(
      PublishHeader(sequence: 1, base: 1, timeToLive: 0, codec: .none, rawLength: 3), columns: [1, 2, 3])
    var frame = writer.take()
    frame[30] ^= 1
    bad.send(frame)
    #expect(ending(of: bad) == .badChecksum)
    good.publish(1, try sampleColumns(1))
    #expect(good.commits(1).count == 1)
    await server.stop()
  }

  @Test func columnsThatContradictThemselvesEndTheConnection() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    client.publish(1, [1, 2, 3])
    #expect(ending(of: client) == .malformedColumns)
    await server.stop()
    try await waitUntil { server.memory.reserved == 0 }
  }

  @Test func aSequenceUsedForOtherBytesIsRefusedWhileTheFirstIsWaiting() async throws {
    let server = try TestServer()
    server.store.setGate(open: false)
    let producer = ProducerID.fresh()
    let first = try RawClient(port: server.port, producer: producer)
    _ = first.handshake()
    first.publish(1, try sampleColumns(1))
    _ = first.next()
    let second = try RawClient(port: server.port, producer: producer)
    _ = second.handshake()
    second.publish(1, try sampleColumns(2))
    guard case .refused(sequence: 1, let error) = second.next() else {
      Issue.record("not refused")
      return
    }
    #expect(error.error.code == .sequenceReused)
    await server.stop()
  }
}
