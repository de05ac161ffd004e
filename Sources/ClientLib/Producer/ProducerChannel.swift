import SocketIO
import WireProtocol

/// One identity of a producer, with its outbox, spool and connection. A producer has one channel, or one for
/// each server when keys are spread.
final class ProducerChannel: Sendable {
  let pipeline: PublishPipeline
  let batcher: Batcher
  private let spool: SpoolWriter?
  /// Fulfilled when the first connection is open, or with the reason why none can be.
  private let opened: Promise<Result<Void, ProducerError>>

  private init(
    _ pipeline: PublishPipeline, _ configuration: Producer.Configuration, _ spool: SpoolWriter?,
    _ opened: Promise<Result<Void, ProducerError>>
  ) {
    self.pipeline = pipeline
    self.spool = spool
    self.opened = opened
    batcher = Batcher(pipeline, linger: configuration.linger, whenFull: configuration.whenFull)
  }

  deinit {
    pipeline.outbox.end(.closed)
    pipeline.onManager { $0.stop() }
  }

  /// Opens the spool, if there is one, and starts to connect.
  /// - Throws: `spoolInUse` or `spoolFailed`.
  static func start(_ setting: ConnectionManager.Setting) async throws(ProducerError) -> ProducerChannel {
    var setting = setting
    let configuration = setting.configuration
    var spool: OpenedSpool?
    if let wanted = configuration.spool {
      spool = try await OpenedSpool.open(
        wanted, fresh: configuration.identity.id, watch: configuration.spoolWatch)
    }
    setting.spool = spool?.report
    let capacity = Outbox.Capacity(bytes: configuration.outboxBytes, batches: configuration.outboxBatches)
    let outbox =
      spool.map { SharedOutbox($0.outbox(capacity, now: .now, wallClock: .now), spool: $0.writer) }
      ?? SharedOutbox(producer: configuration.identity.id, capacity: capacity)
    let opened = Promise<Result<Void, ProducerError>>()
    let loop = EventLoop(name: "sluice.producer", receiveBufferBytes: 16 << 10)
    let manager = LoopBound(
      handing: ConnectionManager(outbox, setting, on: loop, opened: opened, now: .now), to: loop)
    let pipeline = PublishPipeline(outbox, manager, configuration, setting.observers)
    let channel = ProducerChannel(pipeline, configuration, spool?.writer, opened)
    spool?.writer.start(pipeline)
    loop.run { manager.value.start(manager) }
    return channel
  }

  /// Waits for the first connection.
  /// - Throws: why none can be opened, or `cancelled`.
  func waitUntilOpen() async throws(ProducerError) {
    try (await opened.value() ?? .failure(.cancelled)).get()
  }

  /// Ends the channel, unless it has ended, and waits until the spool's directory is unlocked.
  func giveBackSpool() async {
    guard let spool else { return }
    pipeline.outbox.end(.closed)
    _ = await spool.closed.value()
  }

  /// Closes the connection of a channel that has ended, and waits until the spool's directory is unlocked.
  /// - Parameter isSettled: whether to wait for the closing handshake, because everything is settled.
  func close(isSettled: Bool) async {
    if isSettled {
      await closeConnection()
    } else {
      pipeline.onManager { $0.stop() }
    }
    await giveBackSpool()
  }

  private func closeConnection() async {
    let closed = await withCheckedContinuation { continuation in
      pipeline.onManager { manager in
        manager.close(now: .now)
        continuation.resume(returning: manager.closed)
      }
    }
    _ = await closed.value()
  }
}
