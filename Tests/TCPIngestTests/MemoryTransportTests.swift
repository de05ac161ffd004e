import Glibc
import Ingest
import Logging
import SocketIO
import Synchronization
import Testing
import Waiting
import WireProtocol

@testable import TCPIngest

/// One connection over memory: no socket, no listener.
@Suite(.timeLimit(.minutes(5))) struct MemoryTransportTests {
  @Test func aBatchOverMemoryIsAcceptedAndCommitted() async throws {
    let over = try OverMemory()
    var client = await over.connected()
    await client.publish(1, try sampleColumns(10))
    guard case .accepted([1], _) = await client.next() else {
      Issue.record("not accepted")
      return
    }
    guard case .committed(let batches, _) = await client.next() else {
      Issue.record("not committed")
      return
    }
    #expect(batches.map(\.sequence) == [1])
    await over.stop()
  }

  /// The loop's shared buffer has 4 KiB; a larger read went into the frame's own memory.
  @Test func aLargeBodyIsReadIntoTheMemoryOfItsFrame() async throws {
    let over = try OverMemory()
    var client = await over.connected()
    await client.publish(1, try sampleColumns(5_000))
    _ = await client.next()
    #expect(await over.perform { transport, _ in transport.largestRead } > 4 << 10)
    await over.stop()
    #expect(over.connectionMemory.byteCount == 0)
  }

  @Test func aFullQueuePausesReadingUntilThereIsRoom() async throws {
    let over = try OverMemory(queueLimits: QueueLimits(bytes: 64 << 20, batches: 1))
    over.store.setGate(open: false)
    var client = await over.connected()
    for sequence in 1...3 as ClosedRange<UInt64> {
      await client.publish(sequence, try sampleColumns(2, prefix: "b\(sequence)"))
    }
    #expect(await over.perform { transport, _ in transport.isPaused })
    over.store.setGate(open: true)
    #expect(await client.commits(3) == [1, 2, 3])
    #expect(await over.perform { transport, _ in !transport.isPaused })
    await over.stop()
  }

  @Test func aBrokenConnectionReleasesWhatItHolds() async throws {
    let over = try OverMemory()
    let client = await over.connected()
    await client.feed(try OverMemory.frame(of: sampleColumns(5_000)).dropLast(100))
    #expect(over.connectionMemory.byteCount > 0)
    await over.perform { transport, _ in transport.breakDown(ECONNRESET) }
    #expect(over.ended.load(ordering: .acquiring) == 1)
    #expect(over.connectionMemory.byteCount == 0)
    try await waitUntil { over.memory.reserved == 0 }
    await over.stop()
  }

  @Test func aPeerThatReadsNothingIsClosed() async throws {
    let over = try OverMemory { $0.unreadBound = 1 << 10 }
    let client = await over.connected()
    await over.perform { transport, _ in transport.peerTakes = 0 }
    // The batch is answered with an ERROR each time, because its sequence is outside the span.
    let frame = OverMemory.frame(of: [0], sequence: 1 << 40)
    for _ in 0..<1_000 { await client.feed(frame) }
    #expect(await over.perform { transport, _ in transport.isClosed })
    #expect(over.activity.snapshot().refusals[.peerSilent] == 1)
    #expect(over.ended.load(ordering: .acquiring) == 1)
    await over.stop()
  }

  @Test func theEndOfThePeerIsAnsweredWithAnEnd() async throws {
    let over = try OverMemory()
    _ = await over.connected()
    await over.perform { transport, _ in transport.feedEnd() }
    #expect(await over.perform { transport, connection in transport.isClosed && !connection.isOpen })
    #expect(over.ended.load(ordering: .acquiring) == 1)
    await over.stop()
  }
}

/// A connection of the server over a transport in memory, and what it is wired to.
private final class OverMemory: Sendable {
  let queue: BatchQueue
  let store: MemoryStore
  let memory = MemoryBudget(limit: 96 << 20)
  let connectionMemory = ConnectionMemory(limit: 32 << 20)
  let activity = IngestActivity()
  /// How often the connection reported its end.
  let ended = Atomic(0)
  private let loop = EventLoop(name: "test", receiveBufferBytes: 4 << 10)
  private let held = Mutex<LoopBound<(MemoryTransport, IngestConnection)>?>(nil)
  private let configuration: IngestServerConfiguration

  init(
    queueLimits: QueueLimits = QueueLimits(bytes: 64 << 20, batches: 4_096),
    _ adjust: (inout IngestServerConfiguration) -> Void = { _ in }
  ) throws {
    queue = BatchQueue(limits: queueLimits)
    store = MemoryStore(queue: queue)
    var configuration = IngestServerConfiguration(address: .loopback(port: 0))
    adjust(&configuration)
    self.configuration = configuration
  }

  /// Starts the connection, and returns a client that has been welcomed.
  func connected() async -> MemoryClient {
    let sent = await startConnection()
    var client = MemoryClient(sent) { bytes in await self.perform { transport, _ in transport.feed(bytes) } }
    await client.flush()
    _ = await client.next()
    return client
  }

  private func startConnection() async -> AsyncStream<[UInt8]> {
    await withCheckedContinuation { continuation in
      loop.run { [self] in
        let transport = MemoryTransport(on: loop)
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let connection = IngestConnection(
          transport,
          ServerConnection(
            configuration: ServerConnection.Configuration(
              limits: configuration.limits, credit: configuration.credit, server: .fresh(),
              handshake: configuration.handshake, bodyProgress: configuration.bodyProgress),
            now: .now),
          IngestConnection.Dependencies(
            configuration: configuration,
            services: IngestServices(
              store: store, queue: queue, memory: memory, connectionMemory: connectionMemory,
              validator: ColumnValidator(limits: configuration.limits.event), activity: activity,
              logger: logger),
            registry: ConnectionRegistry(),
            addresses: PeerAddresses(hellosPerSecond: 100, timeout: .seconds(1)),
            unauthenticated: UnauthenticatedConnections(bound: 256, boundOfAddress: 16),
            quotas: QuotaAccounts(),
            refusals: RefusalLog(logger)
          ) { [self] _ in ended.add(1, ordering: .acquiringAndReleasing) })
        held.withLock { $0 = LoopBound((transport, connection), on: loop) }
        connection.start()
        continuation.resume(returning: transport.sent)
      }
    }
  }

  /// Runs `body` on the loop.
  @discardableResult
  func perform<Value: Sendable>(
    _ body: @escaping @Sendable (MemoryTransport, IngestConnection) -> Value
  ) async -> Value {
    await withCheckedContinuation { continuation in
      loop.run { [self] in
        guard let both = held.withLock({ $0 }) else { preconditionFailure("the connection was not started") }
        continuation.resume(returning: body(both.value.0, both.value.1))
      }
    }
  }

  func stop() async {
    store.setGate(open: true)
    await perform { _, connection in connection.end(.timedOut, at: .now) }
    queue.close()
  }

  /// A PUBLISH frame.
  static func frame(of columns: [UInt8], sequence: UInt64 = 1) -> [UInt8] {
    var writer = FrameWriter()
    writer.publish(
      PublishHeader(sequence: sequence, base: 1, timeToLive: 0, codec: .none, rawLength: columns.count),
      columns: columns)
    return writer.take()
  }
}

/// The producer's side of a connection over memory.
private struct MemoryClient: ~Copyable {
  private let deliver: (([UInt8]) async -> Void)
  private var received: AsyncStream<[UInt8]>.Iterator
  private var unread: [UInt8] = []
  private var machine = ClientConnection(
    hello: Hello(producer: .fresh(), base: 1, clientName: "memory"), now: .now)

  init(_ sent: AsyncStream<[UInt8]>, _ deliver: @escaping ([UInt8]) async -> Void) {
    received = sent.makeAsyncIterator()
    self.deliver = deliver
  }

  func feed(_ bytes: some Sequence<UInt8>) async { await deliver(Array(bytes)) }

  mutating func flush() async {
    let output = machine.takeOutput(now: .now)
    await deliver(output)
  }

  mutating func publish(_ sequence: UInt64, _ columns: [UInt8]) async {
    machine.publish(
      PublishHeader(sequence: sequence, base: 1, timeToLive: 0, codec: .none, rawLength: columns.count),
      columns: columns)
    await flush()
  }

  /// The next event that is more than a heartbeat; nil at the end of the connection.
  mutating func next() async -> ClientConnection.OnBytes? {
    while true {
      let held = unread
      let step = machine.receive(held.span.bytes, now: .now)
      unread.removeFirst(step.consumed)
      switch step.event {
      case .none where step.consumed > 0, .storeUnavailable(.zero), .creditRaised: continue
      case .none, .needMore:
        guard let more = await received.next() else { return nil }
        unread += more
      default: return step.event
      }
    }
  }

  /// The sequences of the next `count` commits, in order.
  mutating func commits(_ count: Int) async -> [UInt64] {
    var sequences: [UInt64] = []
    while sequences.count < count, let event = await next() {
      if case .committed(let batches, _) = event { sequences += batches.map(\.sequence) }
    }
    return sequences.sorted()
  }
}
