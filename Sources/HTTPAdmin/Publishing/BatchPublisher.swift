public import Ingest
public import StoreInterface
public import WireProtocol

/// Offers the events of a request to the queue, and waits for their commit if the client waits.
struct BatchPublisher: Sendable {
  /// The event that the client waits for.
  enum Acknowledgement: String, CaseIterable {
    /// The queue has accepted the events.
    case accepted
    /// The events are committed.
    case committed
  }

  private let services: PublishServices
  private let producers = RequestProducers()
  /// Maximum time that a request waits for its quota, or for its commit.
  let timeout: Duration

  /// - Parameter timeout: Maximum time that a request waits for its quota, or for its commit.
  init(_ services: PublishServices, timeout: Duration) {
    self.services = services
    self.timeout = timeout
  }

  /// Publishes a batch.
  /// - Parameters:
  ///   - columns: The events.
  ///   - dead: The events that cannot be stored.
  ///   - owner: The name of the principal that publishes; "" without credentials.
  ///   - key: The client's idempotency key. Requests with the same key and events are one batch.
  ///   - acknowledgement: The event to wait for.
  ///   - quota: Counts the batch when the queue accepts it; nil without a quota.
  /// - Returns: the outcome of the batch; nil when the client waits for acceptance only.
  /// - Throws: 503 when the batch is not accepted, or not committed in time; 422 when the key was used for
  ///   other events.
  func publish(
    _ columns: [UInt8], dead: [DeadEvent], owner: String, key: IdempotencyKey?,
    until acknowledgement: Acknowledgement, quota: RequestQuota? = nil
  ) async throws(Problem) -> BatchOutcome? {
    if acknowledgement == .committed, services.store.unavailableSince != nil { throw .storeUnavailable }
    guard let key else {
      let producer = producers.producer(of: owner)
      let number = producer.begin()
      let signal = SettlementSignal { producer.end(number.sequence) }
      let batchKey = BatchKey(producer: producer.id, sequence: number.sequence)
      do {
        try offer(
          columns, dead, as: batchKey, ProducerOrigin(owner: owner, name: "http"), base: number.base,
          until: acknowledgement, quota, to: signal)
      } catch {
        producer.end(number.sequence)
        throw error
      }
      return try await outcome(of: signal, until: acknowledgement)
    }
    let producer = key.producer(of: owner)
    let origin = ProducerOrigin(owner: owner, name: "http", isSingleBatch: true)
    guard try await register(producer, origin, span: 1) else { return .countsUnknown }
    let signal = SettlementSignal {}
    try offer(
      columns, dead, as: BatchKey(producer: producer, sequence: 1), origin, base: 1,
      until: acknowledgement, quota, to: signal)
    return try await outcome(of: signal, until: acknowledgement)
  }

  /// Registers the producer of a key.
  /// - Returns: false when its batch was committed so long ago that it is pruned from the ledger.
  private func register(
    _ producer: ProducerID, _ origin: ProducerOrigin, span: UInt32
  ) async throws(Problem) -> Bool {
    let registration = ProducerRegistration(producer: producer, origin: origin, base: 1, span: span)
    let result = await withCheckedContinuation { continuation in
      services.store.register(registration) { continuation.resume(returning: $0) }
    }
    switch result {
    case .success: return true
    case .failure(.stale): return false
    case .failure(.unavailable): throw .storeUnavailable
    case .failure(.notYours): throw .idempotencyKeyReused
    }
  }

  private func offer(
    _ columns: [UInt8], _ dead: [DeadEvent], as key: BatchKey, _ origin: ProducerOrigin, base: UInt64,
    until acknowledgement: Acknowledgement, _ quota: RequestQuota?, to signal: SettlementSignal
  ) throws(Problem) {
    let batch = try makeBatch(
      columns, dead, key, origin, base: base, isAwaited: acknowledgement == .committed)
    try offer(batch, quota, to: signal)
  }

  private func offer(
    _ batch: IngestBatch, _ quota: RequestQuota?, to signal: SettlementSignal
  ) throws(Problem) {
    switch services.queue.offer(batch, observer: signal) {
    case .accepted:
      quota?.count(batch)
      services.activity.batchAccepted(batch)
      services.activity.acceptLatency.record(ContinuousClock.now - batch.acceptedAt)
    case .joined: break
    case .full: throw .queueFull
    case .sequenceReused: throw .idempotencyKeyReused
    case .closed: throw .draining
    }
  }

  private func makeBatch(
    _ bytes: [UInt8], _ dead: [DeadEvent], _ key: BatchKey, _ origin: ProducerOrigin, base: UInt64,
    isAwaited: Bool
  ) throws(Problem) -> IngestBatch {
    guard services.memory.reserve(bytes.count) else { throw .queueFull }
    let reservation = MemoryReservation(adopting: bytes.count, of: services.memory)
    guard let columns = try? EventColumns(bytes, limits: services.batchLimits) else {
      assertionFailure("columns that were built within the limits must be valid")
      throw .internalFailure
    }
    return IngestBatch(
      key: key, base: base, digest: Digest64.digest(of: bytes.span.bytes), session: 0, columns: columns,
      dead: dead, acceptedAt: .now, reservation: reservation, origin: origin, isAwaited: isAwaited)
  }

  private func outcome(
    of signal: SettlementSignal, until acknowledgement: Acknowledgement
  ) async throws(Problem) -> BatchOutcome? {
    guard acknowledgement == .committed else { return nil }
    guard let outcome = await signal.outcome(within: timeout) else { throw .notCommittedYet(timeout) }
    guard outcome != .sequenceReused else { throw .idempotencyKeyReused }
    return outcome
  }
}

extension BatchPublisher {
  /// Publishes the batches of one request, and waits for the commit of all.
  ///
  /// Later batches wait for room in the queue, so that a request may have more events than the queue has room for.
  /// - Parameters:
  ///   - key: The client's idempotency key. Requests with the same key and batches are one request.
  ///   - quota: Counts each batch when the queue accepts it; nil without a quota.
  /// - Returns: the batches with their outcomes, in their order.
  /// - Throws: 503 when a batch is not accepted, or not committed in time; earlier batches may be stored then. 422
  ///   when the key was used for other events.
  func publish(
    _ batches: [InsertBatch], owner: String, key: IdempotencyKey?, quota: RequestQuota?
  ) async throws(Problem) -> [SettledBatch] {
    if services.store.unavailableSince != nil { throw .storeUnavailable }
    guard !batches.isEmpty else { return [] }
    var offered: [(key: BatchKey, signal: SettlementSignal)] = []
    var settled: [SettledBatch] = []
    let producer = key?.producer(of: owner)
    if let producer {
      let origin = ProducerOrigin(owner: owner, name: "http", isSingleBatch: true)
      guard try await register(producer, origin, span: UInt32(clamping: batches.count)) else {
        return batches.indices.map { index in
          SettledBatch(
            key: BatchKey(producer: producer, sequence: UInt64(index) + 1), outcome: .countsUnknown)
        }
      }
    }
    do throws(Problem) {
      for (index, batch) in batches.enumerated() {
        let next = producer.map { BatchKey(producer: $0, sequence: UInt64(index) + 1) }
        while true {
          if let one = try offer(batch, as: next, owner: owner, quota) {
            offered.append(one)
            break
          }
          guard index > 0 else { throw .queueFull }
          if settled.count < offered.count {
            settled.append(try await settlement(of: offered[settled.count]))
          } else {
            try await waitForRoom(of: batch, from: producer ?? producers.producer(of: owner).id)
          }
        }
        // The digest of the first batch covers all of them, so that nothing is stored under a key that was used for
        // other events.
        if key != nil, index == 0 { settled.append(try await settlement(of: offered[0])) }
      }
      while settled.count < offered.count {
        settled.append(try await settlement(of: offered[settled.count]))
      }
    } catch {
      guard batches.count > 1, !offered.isEmpty, error.kind != .idempotencyKeyReused else { throw error }
      throw .partlyStored(error)
    }
    return settled
  }

  /// Offers a batch of an insert request.
  /// - Parameter key: The producer and sequence; nil for the next sequence of the owner.
  /// - Returns: the key with the signal of the settlement; nil when the queue has no room.
  private func offer(
    _ batch: InsertBatch, as key: BatchKey?, owner: String, _ quota: RequestQuota?
  ) throws(Problem) -> (key: BatchKey, signal: SettlementSignal)? {
    do throws(Problem) {
      if let key {
        let signal = SettlementSignal {}
        let origin = ProducerOrigin(owner: owner, name: "http", isSingleBatch: true)
        try offer(batch.ingestBatch(key, origin, base: 1), quota, to: signal)
        return (key, signal)
      }
      let producer = producers.producer(of: owner)
      let number = producer.begin()
      let signal = SettlementSignal { producer.end(number.sequence) }
      let next = BatchKey(producer: producer.id, sequence: number.sequence)
      do throws(Problem) {
        let origin = ProducerOrigin(owner: owner, name: "http")
        try offer(batch.ingestBatch(next, origin, base: number.base), quota, to: signal)
      } catch {
        producer.end(number.sequence)
        throw error
      }
      return (next, signal)
    } catch {
      guard error.kind == .queueFull else { throw error }
      return nil
    }
  }

  private func settlement(
    of offered: (key: BatchKey, signal: SettlementSignal)
  ) async throws(Problem) -> SettledBatch {
    guard let outcome = try await outcome(of: offered.signal, until: .committed) else {
      throw .notCommittedYet(timeout)
    }
    return SettledBatch(key: offered.key, outcome: outcome)
  }

  /// Waits until the queue, and the share of `producer` in it, have room for more.
  private func waitForRoom(of batch: InsertBatch, from producer: ProducerID) async throws(Problem) {
    let (rooms, room) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    let probe = batch.ingestBatch(BatchKey(producer: producer, sequence: 1), .unnamed, base: 1)
    services.queue.whenSpace(for: probe) {
      room.yield()
      room.finish()
    }
    let hasRoom: Void?? = await Deadline.within(timeout) { await rooms.first { _ in true } }
    guard case .some(.some) = hasRoom else { throw .queueFull }
  }
}

/// A batch with its outcome.
struct SettledBatch: Hashable, Sendable {
  let key: BatchKey
  let outcome: BatchOutcome
}

/// The parts of ingest that publishing requests use, the same as on the TCP side.
public struct PublishServices: Sendable {
  /// Registers producers.
  public let store: any EventStore
  /// Takes batches.
  public let queue: BatchQueue
  /// The memory for received and queued batches (`ingest.memory`).
  public let memory: MemoryBudget
  /// The use that principals make of their quotas, here and on the ingest port.
  public let quotas: QuotaAccounts
  /// Counts accepted batches.
  public let activity: IngestActivity
  /// Bounds of the events of one request; a request above them is answered with 413.
  public let batchLimits: BatchLimits
  /// Bounds of one event; an event outside them is refused.
  public let eventLimits: EventLimits

  /// Creates the set of parts.
  public init(
    store: any EventStore, queue: BatchQueue, memory: MemoryBudget, quotas: QuotaAccounts = QuotaAccounts(),
    activity: IngestActivity, batchLimits: BatchLimits, eventLimits: EventLimits
  ) {
    self.store = store
    self.queue = queue
    self.memory = memory
    self.quotas = quotas
    self.activity = activity
    self.batchLimits = batchLimits
    self.eventLimits = eventLimits
  }
}
