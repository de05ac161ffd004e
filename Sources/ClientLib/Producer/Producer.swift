public import Logging
internal import SocketIO
internal import Synchronization
internal import WireProtocol

/// Publishes events to Sluice over one connection, which it keeps up, and keeps every batch until it is
/// committed.
///
///     let producer = try await Producer.connect(to: [Endpoint(host: "localhost")], logger: logger)
///     let receipt = try await producer.publish(
///       Event(topic: "orders.invoice.created", id: "42", source: "billing", payload: #"{"total":7}"#))
///     let counts = try await receipt.committed()
///     try await producer.close()
///
/// Any number of tasks may use one producer at the same time. No order is promised between batches. A
/// producer that is dropped without `close` gives up what is not committed.
public final class Producer: Sendable {
  let configuration: Configuration
  let intake: Intake
  let gathering: Gathering
  let isClosing = Atomic(false)
  let spares = SpareBuilders()

  private let spool: SpoolWriter?

  private init(_ intake: Intake, _ configuration: Configuration, _ spool: SpoolWriter?) {
    self.intake = intake
    self.spool = spool
    self.configuration = configuration
    gathering = Gathering(intake, linger: configuration.linger, whenFull: configuration.whenFull)
  }

  deinit {
    intake.outbox.end(.closed)
    intake.onCourier { $0.stop() }
  }

  /// Connects to one of `endpoints`, trying them in turn until `connectTimeout` is over, and afterwards again
  /// whenever the connection ends, without limit.
  ///
  /// A server's word that no retry can help ends the producer; `publish`, receipts and `close` then throw it.
  /// - Throws: `ProducerError`: `unreachable` when nobody answered in time, `invalidConfiguration`,
  ///   `incompatible`, `notAuthorized`, or `cancelled` when the task is cancelled, which gives up connecting.
  public static func connect(
    to endpoints: [Endpoint], configuration: Configuration = .init(), logger: Logger
  ) async throws(ProducerError) -> Producer {
    if let problem = configuration.problem { throw problem }
    guard !endpoints.isEmpty else {
      throw ProducerError(.invalidConfiguration, "there is no endpoint to connect to; name at least one")
    }
    let opened = Promise<Result<Void, ProducerError>>()
    let capacity = Outbox.Capacity(bytes: configuration.outboxBytes, batches: configuration.outboxBatches)
    var spool: OpenedSpool?
    if let wanted = configuration.spool {
      spool = try await OpenedSpool.open(wanted, fresh: configuration.identity.id)
    }
    let outbox =
      spool.map { SharedOutbox($0.outbox(capacity, now: .now, wallClock: .now), spool: $0.writer) }
      ?? SharedOutbox(producer: configuration.identity.id, capacity: capacity)
    let loop = EventLoop(name: "sluice.producer", receiveBufferBytes: 16 << 10)
    let setting = Courier.Setting(
      endpoints: endpoints, configuration: configuration, logger: logger, spool: spool?.report)
    let courier = LoopBound(
      handing: Courier(outbox, setting, on: loop, opened: opened, now: .now), to: loop)
    let intake = Intake(outbox, courier, configuration)
    let producer = Producer(intake, configuration, spool?.writer)
    spool?.writer.start(intake)
    loop.run { courier.value.start(courier) }
    let outcome = await opened.value() ?? .failure(.cancelled)
    if case .failure = outcome { await producer.giveBackSpool() }
    try outcome.get()
    return producer
  }

  /// Ends the producer, if it lives, and waits until the spool's directory is free.
  func giveBackSpool() async {
    guard let spool else { return }
    intake.outbox.end(.closed)
    _ = await spool.closed.value()
  }

  /// Who the producer is now: a spool has an identity of its own, and a new one is drawn when it was used
  /// elsewhere.
  public var identity: Identity { Identity(intake.outbox.producer) }

  /// What has happened so far.
  public var statistics: Statistics { intake.outbox.statistics }

  /// An empty batch within the bounds of the server and of the configuration. It uses the memory of an
  /// earlier one again, which makes it cheaper than a batch of its own.
  public func makeBatch() -> EventBatch {
    let limits = intake.limits
    return EventBatch(builder: spares.take(limits), limits: limits)
  }
}
