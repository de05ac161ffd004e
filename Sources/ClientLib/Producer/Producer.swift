public import Logging
internal import SocketIO
internal import Synchronization
internal import WireProtocol

/// Publishes events to Sluice and keeps every batch until it is committed.
///
/// A producer uses one connection, and connects again when it ends.
///
///     let producer = try await Producer.connect(to: [Endpoint(host: "localhost")], logger: logger)
///     let receipt = try await producer.publish(
///       Event(topic: "orders.invoice.created", id: "42", source: "billing", payload: #"{"total":7}"#))
///     let counts = try await receipt.committed()
///     try await producer.close()
///
/// Any number of tasks may use one producer at the same time. The order of batches in the store is not
/// defined. A producer that is released without ``close(deadline:)`` gives up its unsettled batches; with a
/// ``Spool`` they stay on disk.
public final class Producer: Sendable {
  private let configuration: Configuration
  let pipeline: PublishPipeline
  private let batcher: Batcher
  private let isClosing = Atomic(false)
  private let builders = BuilderPool()

  private let spool: SpoolWriter?

  private init(_ pipeline: PublishPipeline, _ configuration: Configuration, _ spool: SpoolWriter?) {
    self.pipeline = pipeline
    self.spool = spool
    self.configuration = configuration
    batcher = Batcher(pipeline, linger: configuration.linger, whenFull: configuration.whenFull)
  }

  deinit {
    pipeline.outbox.end(.closed)
    pipeline.onManager { $0.stop() }
  }

  /// Connects to one of `endpoints`.
  ///
  /// Tries the endpoints in turn until ``Configuration/connectTimeout`` is over. Later, whenever the
  /// connection ends, the producer connects again without a time limit. A server's answer that no retry can
  /// help ends the producer: `publish`, receipts and `close` then throw it.
  /// - Parameters:
  ///   - endpoints: servers of one database, at least one.
  ///   - configuration: bounds and timeouts; see ``Configuration``.
  ///   - logger: receives what ``Configuration/onNotice`` receives, and each attempt to connect at level
  ///     debug.
  /// - Throws: ``ProducerError``: `unreachable` when no server answered in time; `invalidConfiguration`,
  ///   `incompatible`, `notAuthorized`; `spoolInUse` or `spoolFailed`; `cancelled` when the task is
  ///   cancelled, which gives up connecting.
  public static func connect(
    to endpoints: [Endpoint], configuration: Configuration = .init(), logger: Logger
  ) async throws(ProducerError) -> Producer {
    if let problem = configuration.problem { throw problem }
    guard !endpoints.isEmpty else {
      throw ProducerError(.invalidConfiguration, "there is no endpoint to connect to; name at least one")
    }
    #if TLS
      let encryption = try await configuration.tls?.makeTransport()
    #endif
    let opened = Promise<Result<Void, ProducerError>>()
    let capacity = Outbox.Capacity(bytes: configuration.outboxBytes, batches: configuration.outboxBatches)
    var spool: OpenedSpool?
    if let wanted = configuration.spool {
      spool = try await OpenedSpool.open(
        wanted, fresh: configuration.identity.id, watch: configuration.spoolWatch)
    }
    let outbox =
      spool.map { SharedOutbox($0.outbox(capacity, now: .now, wallClock: .now), spool: $0.writer) }
      ?? SharedOutbox(producer: configuration.identity.id, capacity: capacity)
    let loop = EventLoop(name: "sluice.producer", receiveBufferBytes: 16 << 10)
    var setting = ConnectionManager.Setting(
      endpoints: endpoints, configuration: configuration, logger: logger, spool: spool?.report)
    #if TLS
      if let encryption { setting.transport = encryption }
    #endif
    let manager = LoopBound(
      handing: ConnectionManager(outbox, setting, on: loop, opened: opened, now: .now), to: loop)
    let pipeline = PublishPipeline(outbox, manager, configuration)
    let producer = Producer(pipeline, configuration, spool?.writer)
    spool?.writer.start(pipeline)
    loop.run { manager.value.start(manager) }
    let outcome = await opened.value() ?? .failure(.cancelled)
    if case .failure = outcome { await producer.giveBackSpool() }
    try outcome.get()
    return producer
  }

  /// Ends the producer, unless it has ended, and waits until the spool's directory is unlocked.
  private func giveBackSpool() async {
    guard let spool else { return }
    pipeline.outbox.end(.closed)
    _ = await spool.closed.value()
  }

  /// The present identity. It differs from the configured one when the spool has an identity of its own, or
  /// when another program used the identity and the producer took a new one.
  public var identity: Identity { Identity(pipeline.outbox.producer) }

  /// Counters since `connect`.
  public var statistics: Statistics { pipeline.outbox.statistics }

  /// Returns an empty batch within the limits of the server and of the configuration. It reuses the memory
  /// of an earlier batch, which makes it cheaper than `EventBatch()`.
  public func makeBatch() -> EventBatch {
    let limits = pipeline.limits
    return EventBatch(builder: builders.borrow(limits), limits: limits)
  }
}

extension Producer {
  /// Publishes one event. The event shares a batch with others that are published within
  /// ``Configuration/linger``.
  ///
  /// Returns when the event is in the open batch; nothing was sent yet. While the outbox is full, the call
  /// waits or throws `outboxFull`, as ``Configuration/whenFull`` says.
  /// - Returns: a receipt for the batch of the event.
  /// - Throws: ``ProducerError``: `eventTooLarge`, `outboxFull`, `closed`, or the error that ended the
  ///   producer; `cancelled` when the task is cancelled while it waits for room. The event is not published
  ///   then.
  public func publish(_ event: Event) async throws(ProducerError) -> Receipt {
    try checkOpen()
    return Receipt(promise: try await batcher.add(event), hasSpool: pipeline.outbox.hasSpool)
  }

  /// Publishes a batch. For many events this is the fastest call.
  ///
  /// The batch is compressed on the calling task. The call returns when the outbox has the batch, and the
  /// spool if there is one. While the outbox is full, the call waits, throws `outboxFull` or drops older
  /// batches, as ``Configuration/whenFull`` says.
  /// - Parameters:
  ///   - batch: at least one event, within the server's limits.
  ///   - timeToLive: time that the batch may wait until a server accepts it, above zero; nil for
  ///     ``Configuration/timeToLive``. Then the receipt throws `batchExpired`.
  /// - Throws: ``ProducerError``: `emptyBatch`, `batchTooLarge`, `outboxFull`, `invalidConfiguration`,
  ///   `spoolFailed`, `closed`, or the error that ended the producer; `cancelled` when the task is
  ///   cancelled while it waits for room. The batch is not published then.
  public func publish(
    _ batch: consuming EventBatch, timeToLive: Duration? = nil
  ) async throws(ProducerError) -> Receipt {
    try checkOpen()
    if let timeToLive, timeToLive <= .zero {
      throw ProducerError(.invalidConfiguration, "timeToLive is \(timeToLive); it must be above zero")
    }
    guard !batch.isEmpty else {
      throw ProducerError(.emptyBatch, "the batch has no events; add at least one")
    }
    let events = batch.count
    let columns = batch.finish(recycling: builders)
    return try await publish(pipeline.encode(columns, events: events), timeToLive)
  }

  private func publish(_ encoded: EncodedBatch, _ timeToLive: Duration?) async throws(ProducerError)
    -> Receipt
  {
    let promise = BatchPromise()
    let admission = try pipeline.offer(
      encoded, promise, timeToLive: timeToLive, whenFull: configuration.whenFull)
    if case .waiting(let admitted) = admission {
      if let outcome = await admitted.value() {
        try outcome.get()
      } else if pipeline.outbox.withdraw(promise) {
        throw .cancelled
      }
    }
    let receipt = Receipt(promise: promise, hasSpool: pipeline.outbox.hasSpool)
    do throws(ProducerError) {
      try await receipt.kept()
    } catch {
      // The batch stays in the outbox when the task is cancelled. Other errors are thrown by the receipt.
      if error.code == .spoolFailed || error.code == .outboxFull { throw error }
    }
    return receipt
  }

  /// Sends the open batch at once and waits until everything published so far is settled.
  ///
  /// Refusals are thrown by receipts, not here.
  /// - Throws: ``ProducerError``: the error that ended the producer, or `cancelled` when the task is
  ///   cancelled. The batches stay in the outbox then.
  public func flush() async throws(ProducerError) {
    await batcher.flush()
    for promise in pipeline.outbox.unsettledPromises {
      guard await promise.settled.value() != nil else { throw .cancelled }
    }
    if let end = pipeline.outbox.end { throw end }
  }

  private func checkOpen() throws(ProducerError) {
    if isClosing.load(ordering: .acquiring) { throw pipeline.outbox.end ?? .closed }
  }
}

extension Producer {
  /// Closes the producer: it takes no more events, waits until everything is settled, and closes the
  /// connection with GOAWAY.
  ///
  /// - Parameter deadline: how long to wait at most. After it, or when the task is cancelled, unsettled
  ///   batches are given up; a spool keeps them for the next producer.
  /// - Throws: ``ProducerError``: `unsettledAtClose` with the list of batches that were given up, or the
  ///   error that ended the producer before. A second call returns at once.
  public func close(deadline: Duration = .seconds(20)) async throws(ProducerError) {
    guard !isClosing.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let isSettled = await settleAll(within: deadline)
    let end = pipeline.outbox.end(
      isSettled
        ? .closed : ProducerError(.unsettledAtClose, unsettledText(deadline)))
    if isSettled {
      await closeConnection()
    } else {
      pipeline.onManager { $0.stop() }
    }
    await giveBackSpool()
    guard end.code == .closed else { throw end }
  }

  private func unsettledText(_ deadline: Duration) -> String {
    let text = "not everything was committed within \(deadline)"
    guard let spool = configuration.spool else { return text }
    return "\(text); the rest stays in the spool \(spool.directory) for the next producer"
  }

  /// Whether everything was settled in time.
  private func settleAll(within deadline: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.settleAll() }
      group.addTask {
        // Cancelled when everything is settled or when the caller is cancelled; both mean false here.
        try? await Task.sleep(for: deadline)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }

  private func settleAll() async -> Bool {
    await batcher.flush()
    while true {
      let promises = pipeline.outbox.unsettledPromises
      if promises.isEmpty { return !Task.isCancelled }
      for promise in promises {
        guard await promise.settled.value() != nil else { return false }
      }
    }
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
