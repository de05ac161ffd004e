import Ingest
import Logging
import SocketIO
import TCPIngest
import WireProtocol

/// A server of its own for one test, over a store in memory.
struct TestServer {
  let server: IngestServer
  let store: MemoryStore
  let queue: BatchQueue
  let memory: MemoryBudget
  let connectionMemory: ConnectionMemory
  let activity = IngestActivity()
  let quotas = QuotaAccounts()

  init(
    queueLimits: QueueLimits = QueueLimits(bytes: 64 << 20, batches: 4_096), memoryBytes: Int = 96 << 20,
    bufferBytes: Int = 32 << 20, authenticator: (any ConnectionAuthenticator)? = nil,
    _ adjust: (inout IngestServerConfiguration) -> Void = { _ in }
  ) throws {
    queue = BatchQueue(limits: queueLimits)
    store = MemoryStore(queue: queue)
    memory = MemoryBudget(limit: memoryBytes)
    connectionMemory = ConnectionMemory(limit: bufferBytes)
    var configuration = IngestServerConfiguration(address: try SocketAddress(ip: "127.0.0.1", port: 0))
    configuration.tick = .milliseconds(10)
    configuration.linger = .milliseconds(200)
    // While a test waits for its turn on a busy machine, its client neither reads nor sends.
    configuration.limits.idleTimeout = .seconds(3_600)
    adjust(&configuration)
    server = try IngestServer(
      configuration,
      services: IngestServices(
        store: store, queue: queue, memory: memory, connectionMemory: connectionMemory,
        validator: ColumnValidator(limits: configuration.limits.event), authenticator: authenticator,
        quotas: quotas, activity: activity, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }),
      loops: EventLoops(count: 2, name: "tests"))
    server.start()
  }

  var port: UInt16 { server.address.port }

  /// Ends the server and its store.
  func stop() async {
    store.setGate(open: true)
    _ = await server.drain(within: .seconds(5))
    queue.close()
  }
}
