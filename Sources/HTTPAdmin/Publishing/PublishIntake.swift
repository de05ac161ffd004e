import Ingest
import WireProtocol

/// Takes the events of a request into the queue, and waits for them to be stored if the client does.
struct PublishIntake: Sendable {
  /// What the client waits for.
  enum Acknowledgement: String, CaseIterable {
    /// The queue holds the events.
    case accepted
    /// They are durable.
    case committed
  }

  private static let origin = ProducerOrigin(owner: "", name: "http")
  private static let keyedOrigin = ProducerOrigin(owner: "", name: "http", isSingleBatch: true)

  private let services: PublishServices
  private let producer: RequestProducer
  private let patience: Duration

  /// - Parameter patience: how long a request waits to be committed.
  init(_ services: PublishServices, patience: Duration) {
    self.services = services
    self.patience = patience
    var generator = SystemRandomNumberGenerator()
    self.producer = RequestProducer(id: .random(using: &generator))
  }

  /// Publishes a batch.
  /// - Parameter key: the client's idempotency key: the same key and events are one batch, however often
  ///   they are sent.
  /// - Returns: how it ended; nil when the client does not wait for that.
  /// - Throws: 503 when it could not be taken, or is not committed in time; 422 when the key was used for
  ///   other events.
  func publish(
    _ columns: [UInt8], key: IdempotencyKey?, until acknowledgement: Acknowledgement
  ) async throws(Problem) -> BatchOutcome? {
    if acknowledgement == .committed, services.store.awaySince != nil { throw .storeAway }
    guard let key else {
      let number = producer.begin()
      let signal = SettlementSignal { [producer] in producer.end(number.sequence) }
      let batchKey = BatchKey(producer: producer.id, sequence: number.sequence)
      do {
        try offer(
          columns, as: batchKey, Self.origin, base: number.base, until: acknowledgement, to: signal)
      } catch {
        producer.end(number.sequence)
        throw error
      }
      return try await outcome(of: signal, until: acknowledgement)
    }
    guard try await register(key) else { return .countsUnknown }
    let signal = SettlementSignal {}
    try offer(
      columns, as: BatchKey(producer: key.producer, sequence: 1), Self.keyedOrigin, base: 1,
      until: acknowledgement, to: signal)
    return try await outcome(of: signal, until: acknowledgement)
  }

  /// Registers the producer that a key stands for.
  /// - Returns: false when its batch was committed so long ago that the ledger forgot it.
  private func register(_ key: IdempotencyKey) async throws(Problem) -> Bool {
    let registration = ProducerRegistration(
      producer: key.producer, origin: Self.keyedOrigin, base: 1, span: 1)
    let result = await withCheckedContinuation { continuation in
      services.store.register(registration) { continuation.resume(returning: $0) }
    }
    switch result {
    case .success: return true
    case .failure(.stale): return false
    case .failure(.unavailable): throw .storeAway
    case .failure(.notYours): throw .idempotencyKeyReused
    }
  }

  private func offer(
    _ columns: [UInt8], as key: BatchKey, _ origin: ProducerOrigin, base: UInt64,
    until acknowledgement: Acknowledgement, to signal: SettlementSignal
  ) throws(Problem) {
    let batch = try makeBatch(columns, key, origin, base: base, isAwaited: acknowledgement == .committed)
    switch services.queue.offer(batch, observer: signal) {
    case .accepted:
      services.activity.batchAccepted(batch)
      services.activity.acceptLatency.record(ContinuousClock.now - batch.acceptedAt)
    case .joined: break
    case .full: throw .queueFull
    case .sequenceReused: throw .idempotencyKeyReused
    case .closed: throw .draining
    }
  }

  private func makeBatch(
    _ bytes: [UInt8], _ key: BatchKey, _ origin: ProducerOrigin, base: UInt64, isAwaited: Bool
  ) throws(Problem) -> IngestBatch {
    guard services.memory.reserve(bytes.count) else { throw .queueFull }
    let reservation = MemoryReservation(adopting: bytes.count, of: services.memory)
    guard let columns = try? EventColumns(bytes, limits: services.batchLimits) else {
      assertionFailure("columns that were built within the limits are sound")
      throw .internalFailure
    }
    // Bad events were refused already, so that none of these is dead.
    return IngestBatch(
      key: key, base: base, digest: Digest64.digest(of: bytes.span.bytes), session: 0, columns: columns,
      dead: [], acceptedAt: .now, reservation: reservation, origin: origin, isAwaited: isAwaited)
  }

  private func outcome(
    of signal: SettlementSignal, until acknowledgement: Acknowledgement
  ) async throws(Problem) -> BatchOutcome? {
    guard acknowledgement == .committed else { return nil }
    guard let outcome = await signal.outcome(within: patience) else { throw .notCommittedYet(patience) }
    guard outcome != .sequenceReused else { throw .idempotencyKeyReused }
    return outcome
  }
}
