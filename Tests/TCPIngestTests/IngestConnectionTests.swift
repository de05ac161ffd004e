import Ingest
import TCPIngest
import Testing
import Waiting
import WireProtocol

struct IngestConnectionTests {
  @Test(arguments: [false, true]) func aBatchIsAcceptedAndThenCommittedWithItsCounts(compressed: Bool)
    async throws
  {
    let server = try TestServer()
    server.store.setGate(open: false)
    let client = try RawClient(port: server.port)
    guard case .welcomed(let welcome) = client.handshake() else {
      Issue.record("no welcome")
      return
    }
    #expect(welcome.session == 1)
    client.publish(1, try sampleColumns(100), compressed: compressed)
    guard case .accepted([1], let status) = client.next() else {
      Issue.record("not accepted")
      return
    }
    #expect(status.queuedBatches == 1)
    server.store.setGate(open: true)
    let counts = BatchCounts(unique: 100, duplicate: 0, dead: 0)
    #expect(client.commits(1) == [CommittedBatch(sequence: 1, counts: counts, isReplay: false)])
    await server.stop()
  }

  @Test func manyBatchesInOneWriteAreAllAnswered() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    for sequence in UInt64(1)...50 { client.publish(sequence, try sampleColumns(20, prefix: "b\(sequence)")) }
    #expect(Set(client.commits(50).map(\.sequence)) == Set(1...50))
    #expect(server.store.storedKeys == 1_000)
    await server.stop()
  }

  @Test func batchesThatArriveTogetherWithTheEndAreAnswered() async throws {
    for _ in 0..<10 {
      let server = try TestServer()
      server.store.setGate(open: false)
      let client = try RawClient(port: server.port)
      _ = client.handshake()
      for sequence in UInt64(1)...3 { client.publish(sequence, try sampleColumns(2, prefix: "b\(sequence)")) }
      client.shutDownWriting()
      var accepted: Set<UInt64> = []
      while accepted.count < 3, case .accepted(let more, _) = client.next() { accepted.formUnion(more) }
      #expect(accepted == [1, 2, 3])
      server.store.setGate(open: true)
      #expect(Set(client.commits(3).map(\.sequence)) == [1, 2, 3])
      await server.stop()
    }
  }

  @Test func aBatchSentByteByByteArrives() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    let columns = try sampleColumns(3)
    var writer = FrameWriter()
    writer.publish(
      PublishHeader(sequence: 1, base: 1, timeToLive: 0, codec: .none, rawLength: columns.count),
      columns: columns)
    for byte in writer.take() { client.send([byte]) }
    #expect(client.commits(1).map(\.sequence) == [1])
    await server.stop()
  }

  @Test func aLargeBatchArrivesWhole() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    let payload = "\"" + String(repeating: "x", count: 3_000) + "\""
    client.publish(1, try sampleColumns(1_200, payload: payload))
    #expect(client.commits(1).first?.counts == BatchCounts(unique: 1_200, duplicate: 0, dead: 0))
    await server.stop()
    try await waitUntil { server.memory.reserved == 0 }
  }

  @Test func aReplayedBatchGetsItsFirstCounts() async throws {
    let server = try TestServer()
    let producer = ProducerID.fresh()
    let columns = try sampleColumns(10)
    var answers: [CommittedBatch] = []
    for _ in 0..<2 {
      let client = try RawClient(port: server.port, producer: producer)
      _ = client.handshake()
      client.publish(1, columns)
      answers += client.commits(1)
    }
    #expect(answers.map(\.counts) == [BatchCounts(unique: 10, duplicate: 0, dead: 0), answers[0].counts])
    #expect(answers.map(\.isReplay) == [false, true])
    await server.stop()
  }

  /// The batch is committed in a database that the producer was not told of, so it must say HELLO before it hears so.
  @Test func aCommitInAnotherDatabaseIsNotAcknowledged() async throws {
    let server = try TestServer()
    server.store.setGate(open: false)
    let producer = ProducerID.fresh()
    let client = try RawClient(port: server.port, producer: producer)
    _ = client.handshake()
    let columns = try sampleColumns(4)
    client.publish(1, columns)
    guard case .accepted = client.next() else {
      Issue.record("not accepted")
      return
    }
    server.store.change()
    server.store.setGate(open: true)
    guard case .failed(let report) = client.next() else {
      Issue.record("the connection did not end")
      return
    }
    #expect(report.error.code == .storeChanged)
    #expect(report.retry == .onNewConnection)
    // The next connection is registered by the new database, and hears what it holds.
    let next = try RawClient(port: server.port, producer: producer)
    _ = next.handshake()
    next.publish(1, columns)
    #expect(next.commits(1).first?.counts == BatchCounts(unique: 4, duplicate: 0, dead: 0))
    await server.stop()
  }

  @Test func anIdleConnectionEndsWhenAnotherDatabaseAnswers() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    server.store.change()
    guard case .failed(let report) = client.next() else {
      Issue.record("the connection did not end")
      return
    }
    #expect(report.error.code == .storeChanged)
    await server.stop()
  }

  @Test func deadEventsAreCountedAndTheRestCommits() async throws {
    let server = try TestServer()
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    client.publish(1, try sampleColumns(5, payload: #"{"n":"#))
    client.publish(2, try sampleColumns(5))
    #expect(client.commits(2).map(\.counts?.dead) == [5, 0])
    await server.stop()
  }

  @Test func anExpiredBatchIsRefusedThoughSpaceNeverComes() async throws {
    let server = try TestServer(queueLimits: QueueLimits(bytes: 64 << 20, batches: 1))
    server.store.setGate(open: false)
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    client.publish(1, try sampleColumns(1))
    _ = client.next()
    client.publish(2, try sampleColumns(1, prefix: "late"), timeToLive: 1)
    // The batch after it has no time to live, and waits.
    client.publish(3, try sampleColumns(1, prefix: "patient"))
    #expect(client.refusal(of: 2)?.error.code == .batchExpired)
    server.store.setGate(open: true)
    #expect(Set(client.commits(2).map(\.sequence)) == [1, 3])
    await server.stop()
  }

  @Test func aFullQueuePausesTheSocketAndDropsNothing() async throws {
    let server = try TestServer(queueLimits: QueueLimits(bytes: 64 << 20, batches: 2))
    server.store.setGate(open: false)
    let client = try RawClient(port: server.port)
    _ = client.handshake()
    for sequence in UInt64(1)...40 { client.publish(sequence, try sampleColumns(10, prefix: "q\(sequence)")) }
    server.store.setGate(open: true)
    #expect(Set(client.commits(40).map(\.sequence)) == Set(1...40))
    #expect(server.store.storedKeys == 400)
    await server.stop()
  }

  @Test func aSmallMemoryBudgetSlowsDownButFinishes() async throws {
    let columns = try sampleColumns(500)
    let server = try TestServer(memoryBytes: columns.count * 2 + 10)
    let clients = try (0..<4).map { _ in try RawClient(port: server.port) }
    for client in clients { _ = client.handshake() }
    for sequence in UInt64(1)...5 {
      for client in clients { client.publish(sequence, columns) }
    }
    for client in clients { #expect(client.commits(5).count == 5) }
    await server.stop()
    try await waitUntil { server.memory.reserved == 0 }
  }
}
