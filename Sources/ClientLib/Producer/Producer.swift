public import Logging
internal import SocketIO
internal import Synchronization
internal import WireProtocol

/// Publishes events to Sluice and keeps every batch until it is committed.
///
/// A producer uses one connection. When the connection ends, the producer opens another one. With
/// ``Configuration/Spread/byKey`` it uses a connection to each server.
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
  let configuration: Configuration
  /// At least one.
  let channels: [ProducerChannel]
  /// Chooses the channel of each event; nil unless keys are spread. The first channel then takes all.
  private let router: SpreadRouter?
  private let isClosing = Atomic(false)
  private let builders: BuilderPool

  private init(_ channels: [ProducerChannel], _ router: SpreadRouter?, _ configuration: Configuration) {
    self.channels = channels
    self.router = router
    self.configuration = configuration
    builders = BuilderPool(channels: router?.count ?? 1)
  }

  /// Connects to one of `endpoints`, or to each of them with ``Configuration/Spread/byKey``.
  ///
  /// A connection tries the endpoints in turn until ``Configuration/connectTimeout`` is over. With a spool the
  /// producer starts although no server answers; see ``Configuration/startOffline``. Later, whenever
  /// a connection ends, the producer connects again without a time limit. When a server refuses the producer
  /// for good, the producer ends: `publish`, receipts and `close` then throw that error.
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
    #if TLS
      let transport = try await configuration.tls?.makeTransport()
    #else
      let transport: ConnectionManager.TransportMaker? = nil
    #endif
    let plan = try ChannelPlan(
      endpoints, configuration, logger, shares: await configuration.spool?.furtherShares() ?? [],
      transport: transport)
    return Producer(try await open(plan), plan.router, configuration)
  }

  /// Opens the channels of a plan.
  private static func open(_ plan: ChannelPlan) async throws(ProducerError) -> [ProducerChannel] {
    let group = ChannelGroup()
    var channels: [ProducerChannel] = []
    do throws(ProducerError) {
      for setting in plan.settings { channels.append(try await group.start(setting)) }
      for channel in channels { try await channel.waitUntilOpen() }
    } catch {
      for channel in channels { await channel.giveBackSpool() }
      throw error
    }
    return channels
  }

  /// The present identity. It differs from the configured one when the spool has an identity of its own, or
  /// when another program used the identity and the producer took a new one. When keys are spread, it is the
  /// first of ``identities``.
  public var identity: Identity { identities[0] }

  /// The present identities: one for each connection.
  public var identities: [Identity] { channels.map { Identity($0.pipeline.outbox.producer) } }

  /// Counters since `connect`.
  public var statistics: Statistics {
    var sum = channels[0].pipeline.outbox.statistics
    for channel in channels.dropFirst() { sum.add(channel.pipeline.outbox.statistics) }
    return sum
  }

  /// Returns an empty batch within the limits of the servers and of the configuration. It reuses the memory
  /// of an earlier batch, which makes it cheaper than `EventBatch()`. When keys are spread, the limits hold
  /// for the events of each server.
  public func makeBatch() -> EventBatch {
    guard let router else {
      let limits = channels[0].pipeline.limits
      return EventBatch(builder: builders.borrow(limits), limits: limits)
    }
    let limits = channels.dropFirst().reduce(channels[0].pipeline.limits) { $0.within($1.pipeline.limits) }
    return EventBatch(
      spreading: (0..<router.count).map { _ in builders.borrow(limits) }, limits: limits, by: router)
  }
}

extension Producer {
  /// Publishes one event. The event shares a batch with others that are published within
  /// ``Configuration/linger``.
  ///
  /// Returns when the event is in the open batch, which collects single events. A full batch goes to the outbox
  /// at once. While the outbox is full, the call waits, throws `outboxFull` or drops older batches, as
  /// ``Configuration/whenFull`` says.
  /// - Returns: a receipt for the batch of the event.
  /// - Throws: ``ProducerError``: `eventTooLarge`, `outboxFull`, `closed`, or the error that ended the
  ///   producer; `cancelled` when the task is cancelled while it waits for room. The event is not published
  ///   then.
  public func publish(_ event: Event) async throws(ProducerError) -> Receipt {
    try checkOpen()
    let channel = channel(of: event)
    return Receipt(
      Receipt.Batch(promise: try await channel.batcher.add(event), events: 1),
      hasSpool: channel.pipeline.outbox.hasSpool)
  }

  private func channel(of event: Event) -> ProducerChannel {
    guard let router else { return channels[0] }
    let (topic, id) = (event.topic.utf8, event.id.utf8)
    return channels[router.channel(topic: topic.span.bytes, id: id.span.bytes)]
  }

  /// Publishes a batch. For many events this is the fastest call.
  ///
  /// The batch is compressed on the calling task. When keys are spread, it is sent as a batch for each
  /// server; if some of these are taken and others are not, the receipt throws the errors of the others. The
  /// call returns when the outbox has the batch, and the spool if there is one. While the outbox is full, the
  /// call waits, throws `outboxFull` or drops older batches, as ``Configuration/whenFull`` says.
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
    let parts = batch.finish(recycling: builders, for: router)
    var offers = parts.map { offer($0, timeToLive) }
    for index in offers.indices { await wait(for: &offers[index]) }
    if let error = offers[0].failure, offers.allSatisfy({ $0.failure != nil }) { throw error }
    let batches = zip(offers, parts).map { Receipt.Batch(promise: $0.promise, events: $1.events) }
    let receipt = Receipt(
      batches[0], others: Array(batches.dropFirst()), hasSpool: channels[0].pipeline.outbox.hasSpool)
    do throws(ProducerError) {
      try await receipt.kept()
    } catch {
      // The batch stays in the outbox when the task is cancelled. Other errors are thrown by the receipt.
      if parts.count == 1, error.code == .spoolFailed || error.code == .outboxFull { throw error }
    }
    return receipt
  }

  /// A batch that was offered to an outbox.
  private struct Offer {
    let promise = BatchPromise()
    let channel: ProducerChannel
    /// Fulfilled when the outbox has room; nil when it has the batch, or failed.
    var admitted: Promise<Result<Void, ProducerError>>?
    /// Why the outbox does not take the batch.
    var failure: ProducerError?
  }

  private func offer(_ part: BatchPart, _ timeToLive: Duration?) -> Offer {
    var offer = Offer(channel: channels[part.channel])
    let pipeline = offer.channel.pipeline
    offer.promise.observe(pipeline.observers.begin())
    do throws(ProducerError) {
      let admission = try pipeline.offer(
        pipeline.encode(part.columns, events: part.events), offer.promise, timeToLive: timeToLive,
        whenFull: configuration.whenFull)
      if case .waiting(let admitted) = admission { offer.admitted = admitted }
    } catch {
      offer.failure = error
      offer.promise.settle(.failure(error))
    }
    return offer
  }

  /// Waits until the outbox has room for an offered batch.
  private func wait(for offer: inout Offer) async {
    guard let admitted = offer.admitted else { return }
    if let outcome = await admitted.value() {
      if case .failure(let error) = outcome { offer.failure = error }
    } else if offer.channel.pipeline.outbox.withdraw(offer.promise) {
      offer.failure = .cancelled
      offer.promise.settle(.failure(.cancelled))
    }
  }

  /// Sends the batches that still collect events, and waits until everything published so far is settled.
  ///
  /// Refusals are thrown by receipts, not here.
  /// - Throws: ``ProducerError``: the error that ended the producer, or `cancelled` when the task is
  ///   cancelled. The batches stay in the outbox then.
  public func flush() async throws(ProducerError) {
    for channel in channels { await channel.batcher.flush() }
    for promise in unsettledPromises {
      guard await promise.settled.value() != nil else { throw .cancelled }
    }
    if let end { throw end }
  }

  private var unsettledPromises: [BatchPromise] {
    channels.flatMap(\.pipeline.outbox.unsettledPromises)
  }

  /// Waits until the producer has ended, and returns the reason; nil when the waiting task is cancelled first.
  func ended() async -> ProducerError? { await channels[0].pipeline.outbox.ended.value() }

  /// Why the producer ended; nil while it lives.
  private var end: ProducerError? {
    for channel in channels {
      if let end = channel.pipeline.outbox.end { return end }
    }
    return nil
  }

  private func checkOpen() throws(ProducerError) {
    if isClosing.load(ordering: .acquiring) { throw end ?? .closed }
  }
}

extension Producer {
  /// Closes the producer: it takes no more events, waits until everything is settled, and closes the
  /// connections with GOAWAY. A second call returns at once, without an error.
  ///
  /// - Parameter deadline: the longest wait for commits. After it, or when the task is cancelled, unsettled
  ///   batches are given up; a spool keeps them for the next producer.
  /// - Throws: ``ProducerError``: `unsettledAtClose` with the list of batches that were given up, or the
  ///   error that ended the producer before.
  public func close(deadline: Duration = .seconds(20)) async throws(ProducerError) {
    guard !isClosing.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let isSettled = await settleAll(within: deadline)
    let error =
      isSettled ? ProducerError.closed : ProducerError(.unsettledAtClose, unsettledText(deadline))
    let ends = channels.map { $0.pipeline.outbox.end(error) }
    await withDiscardingTaskGroup { group in
      for channel in channels { group.addTask { await channel.close(isSettled: isSettled) } }
    }
    let unsettled = ends.flatMap(\.unsettled)
    if let end = ends.first(where: { $0.code != .closed }) { throw end.listing(unsettled) }
    guard unsettled.isEmpty else {
      let text = "batches were published while the producer closed"
      throw ProducerError(.unsettledAtClose, text, unsettled: unsettled)
    }
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
    for channel in channels { channel.batcher.close() }
    while true {
      let promises = unsettledPromises
      if promises.isEmpty { return !Task.isCancelled }
      for promise in promises {
        guard await promise.settled.value() != nil else { return false }
      }
    }
  }
}
