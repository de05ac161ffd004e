import Glibc
import Ingest
import TCPIngest
import Testing
import Waiting
import WireProtocol

/// Peers that hold what others need. One after the other, since each waits for seconds on its thread.
@Suite(.serialized) struct UnknownProtocolTests {
  /// Frames that a peer may announce.
  enum Announced: CaseIterable {
    case batch, batchBeyondItsLimit, heartbeat, unknownType
  }

  @Test func announcersThatSendLittleDoNotStopOthers() async throws {
    let server = try TestServer(memoryBytes: 24 << 20) { $0.bodyProgress = .seconds(600) }
    let unidentified = try (0..<6).map { _ in try RawClient(port: server.port) }
    for unknownProtocol in unidentified {
      _ = unknownProtocol.handshake()
      unknownProtocol.send(beginning(of: .batch, bytes: 2_000))
    }
    let honest = try RawClient(port: server.port)
    _ = honest.handshake()
    for sequence in 1...3 as ClosedRange<UInt64> {
      honest.publish(sequence, try sampleColumns(100, prefix: "b\(sequence)"))
    }
    #expect(honest.commits(3).count == 3)
    await server.stop()
    #expect(server.connectionMemory.byteCount == 0)
    try await waitUntil { server.memory.reserved == 0 }
  }

  @Test(arguments: Announced.allCases)
  func theSlowestIsEndedWhenOthersWaitForMemory(_ frame: Announced) async throws {
    let server = try TestServer(bufferBytes: 256 << 10) { $0.bodyProgress = .seconds(600) }
    // The first holds what there is, the second has the pass, the third waits.
    let slow = try (0..<3).map { _ in try RawClient(port: server.port) }
    for unknownProtocol in slow {
      _ = unknownProtocol.handshake()
      unknownProtocol.send(beginning(of: frame, bytes: 60 << 10))
    }
    #expect(ending(of: try firstToAnswer(of: slow)) == .peerSilent)
    let honest = try RawClient(port: server.port)
    _ = honest.handshake()
    let payload = "\"" + String(repeating: "x", count: 3_000) + "\""
    honest.publish(1, try sampleColumns(1_200, payload: payload))
    #expect(honest.commits(1).count == 1)
    await server.stop()
    #expect(server.connectionMemory.byteCount == 0)
  }

  @Test func aPeerThatDoesNotReadItsAnswersIsDisconnected() async throws {
    let server = try TestServer {
      $0.unreadBound = 64 << 10
      $0.credit = Credit(batches: 65_535, bytes: 32 << 20)
    }
    let deaf = try RawClient(port: server.port)
    _ = deaf.handshake()
    var writer = FrameWriter()
    // Each is answered by an ERROR, since its sequence lies beyond the span.
    for sequence in 100_000..<101_000 as Range<UInt64> {
      writer.publish(
        PublishHeader(sequence: sequence, base: 1, timeToLive: 0, codec: .none, rawLength: 1), columns: [0])
    }
    let frames = writer.take()
    var sends = 0
    while sends < 400, deaf.trySend(frames) { sends += 1 }
    #expect(sends < 400, "answers to \(sends * 1_000) batches wait without a bound")
    #expect(server.activity.snapshot().refusals[.peerSilent] == 1)
    await server.stop()
    #expect(server.connectionMemory.byteCount == 0)
  }

  @Test func theOldestConnectionThatDeliveredNothingMakesWay() async throws {
    let server = try TestServer { $0.connections = 2 }
    let producer = try RawClient(port: server.port)
    _ = producer.handshake()
    producer.publish(1, try sampleColumns(1))
    #expect(producer.commits(1).count == 1)
    let idle = try RawClient(port: server.port)
    _ = idle.handshake()
    // On another loop than the stranger a newcomer would be refused: the first loop has the producer alone.
    let newcomers = try (0..<2).map { _ in try RawClient(port: server.port) }
    for newcomer in newcomers { _ = newcomer.handshake() }
    #expect(ending(of: idle) == .tooManyConnections)
    producer.publish(2, try sampleColumns(1, prefix: "more"))
    #expect(producer.commits(1).count == 1)
    await server.stop()
  }

  @Test func oneAddressMayNotHaveAllConnections() async throws {
    let server = try TestServer { $0.connectionsOfAddress = 2 }
    let producers = try (0..<2).map { _ in try RawClient(port: server.port) }
    for producer in producers {
      _ = producer.handshake()
      producer.publish(1, try sampleColumns(1))
      #expect(producer.commits(1).count == 1)
    }
    let third = try RawClient(port: server.port)
    #expect(ending(of: third) == .tooManyConnections)
    await server.stop()
  }

  @Test func handshakesOfOneAddressAreBounded() async throws {
    let server = try TestServer { $0.hellosOfAddress = 1 }
    let clients = try (0..<6).map { _ in try RawClient(port: server.port) }
    for client in clients { client.flush() }
    let refused = clients.filter { if case .failed = $0.next() { true } else { false } }
    #expect(refused.count == 2, "three at once, one after a second")
    await server.stop()
  }

  /// The first of `clients` that the server sends something to.
  private func firstToAnswer(of clients: [RawClient]) throws -> RawClient {
    var waiting = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    let count = poll(&waiting, nfds_t(waiting.count), 20_000)
    try #require(count > 0, "no client was answered")
    return clients[try #require(waiting.firstIndex { $0.revents != 0 })]
  }

  /// The first `bytes` bytes of a frame that announces 4 MiB.
  private func beginning(of frame: Announced, bytes: Int) -> [UInt8] {
    let type: UInt8 =
      switch frame {
      case .batch, .batchBeyondItsLimit: 5
      case .heartbeat: 9
      case .unknownType: 200
      }
    let body = UInt32(4 << 20)
    let raw: UInt32 = frame == .batchBeyondItsLimit ? .max : body
    let header =
      little(body) + [type, 0, 0, 1] + [UInt8](repeating: 0, count: 8) + little(raw) + little(UInt32(0))
    return header + [UInt8](repeating: 0, count: bytes - header.count)
  }

  private func little(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
}

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
