import Ingest
import StoreInterface
import WireProtocol

/// Offers the batches of a request to the queue, and waits for their commit if the client waits.
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
  private let publishers: HTTPPublishers
  /// Maximum time that a request waits for its quota, or for its commit.
  let timeout: Duration

  /// - Parameters:
  ///   - timeout: Maximum time that a request waits for its quota, or for its commit.
  ///   - publishers: Counts what each publisher sends.
  init(_ services: PublishServices, timeout: Duration, publishers: HTTPPublishers) {
    self.services = services
    self.publishers = publishers
    self.timeout = timeout
  }

  /// Publishes the only batch of a request.
  /// - Parameters:
  ///   - columns: The events, within the limits of a batch.
  ///   - dead: The events that cannot be stored.
  ///   - acknowledgement: The event to wait for.
  /// - Returns: the outcome of the batch; nil when the client waits for acceptance only.
  /// - Throws: 503 when the batch is not accepted, or not committed in time; 422 when the key was used for
  ///   other events.
  func publish(
    _ columns: [UInt8], dead: [DeadEvent], by sender: RequestSender, until acknowledgement: Acknowledgement
  ) async throws(Problem) -> BatchOutcome? {
    if acknowledgement == .committed { try checkStore() }
    let batch = try complete(columns, dead)
    if acknowledgement == .committed { return try await publish([batch], by: sender).first?.outcome }
    guard try await registersKey(of: sender, span: 1) else { return .countsUnknown }
    _ = try offer(batch, number: 0, by: sender, isAwaited: false)
    return nil
  }

  /// Publishes the batches of a request, and waits for the commit of all.
  ///
  /// Later batches wait for room in the queue, so that a request may have more events than the queue has room for.
  /// - Returns: the batches with their outcomes, in their order.
  /// - Throws: 503 when a batch is not accepted, or not committed in time; earlier batches may be stored then. 422
  ///   when the key was used for other events.
  func publish(
    _ batches: [RequestBatch], by sender: RequestSender
  ) async throws(Problem) -> [SettledBatch] {
    try checkStore()
    guard !batches.isEmpty else { return [] }
    guard try await registersKey(of: sender, span: UInt32(clamping: batches.count)) else {
      return batches.indices.compactMap { key($0, of: sender) }
        .map { SettledBatch(key: $0, outcome: .countsUnknown) }
    }
    var offered: [OfferedBatch] = []
    var settled: [SettledBatch] = []
    do throws(Problem) {
      for (index, batch) in batches.enumerated() {
        while true {
          do throws(Problem) {
            offered.append(try offer(batch, number: index, by: sender, isAwaited: true))
            break
          } catch {
            guard error.kind == .queueFull, index > 0 else { throw error }
          }
          if settled.count < offered.count {
            settled.append(try await settlement(of: offered[settled.count]))
          } else {
            try await waitForRoom(of: batch, from: sender)
          }
        }
        // The digest of the first batch covers all of them, so that nothing is stored under a key that was used for
        // other events.
        if sender.producer != nil, index == 0 { settled.append(try await settlement(of: offered[0])) }
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
}

extension BatchPublisher {
  /// A batch that the queue has accepted.
  private struct OfferedBatch {
    let key: BatchKey
    let signal: SettlementSignal
  }

  private func checkStore() throws(Problem) {
    if services.store.unavailableSince != nil { throw .storeUnavailable }
  }

  /// Returns the only batch of a request, complete and counted in `ingest.memory`.
  func complete(_ bytes: [UInt8], _ dead: [DeadEvent]) throws(Problem) -> RequestBatch {
    guard services.memory.reserve(bytes.count) else { throw .queueFull }
    let reservation = MemoryReservation(adopting: bytes.count, of: services.memory)
    guard let columns = try? EventColumns(bytes, limits: services.batchLimits) else {
      assertionFailure("columns that were built within the limits must be valid")
      throw .internalFailure
    }
    return RequestBatch(
      columns, dead: dead, digest: Digest64.digest(of: bytes.span.bytes), reservation: reservation)
  }

  /// Registers the producer of the sender's key, if it has one.
  /// - Parameter span: The number of batches.
  /// - Returns: false when the batches were committed so long ago that they are pruned from the ledger.
  private func registersKey(of sender: RequestSender, span: UInt32) async throws(Problem) -> Bool {
    guard let producer = sender.producer else { return true }
    let registration = ProducerRegistration(producer: producer, origin: sender.origin, base: 1, span: span)
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

  /// Returns the key of a batch under the sender's idempotency key; nil without one.
  /// - Parameter index: The number of the batch in its request, from 0.
  private func key(_ index: Int, of sender: RequestSender) -> BatchKey? {
    sender.producer.map { BatchKey(producer: $0, sequence: UInt64(index) + 1) }
  }

  /// Offers a batch to the queue: under the sender's key, or as the next one of its owner.
  /// - Parameter index: The number of the batch in its request, from 0.
  private func offer(
    _ batch: RequestBatch, number index: Int, by sender: RequestSender, isAwaited: Bool
  ) throws(Problem) -> OfferedBatch {
    let count = HTTPPublisherCount(
      sender.publisher, in: publishers, isFirst: index == 0 && sender.countsRequest)
    if let key = key(index, of: sender) {
      let signal = SettlementSignal { count.settled($0) }
      try offer(batch.ingestBatch(key, base: 1, of: sender, isAwaited: isAwaited), sender, count, to: signal)
      return OfferedBatch(key: key, signal: signal)
    }
    let producer = producers.producer(of: sender.owner)
    let number = producer.begin()
    let signal = SettlementSignal { outcome in
      count.settled(outcome)
      producer.end(number.sequence)
    }
    let key = BatchKey(producer: producer.id, sequence: number.sequence)
    do throws(Problem) {
      try offer(
        batch.ingestBatch(key, base: number.base, of: sender, isAwaited: isAwaited), sender, count, to: signal
      )
    } catch {
      producer.end(number.sequence)
      throw error
    }
    return OfferedBatch(key: key, signal: signal)
  }

  private func offer(
    _ batch: IngestBatch, _ sender: RequestSender, _ count: HTTPPublisherCount, to signal: SettlementSignal
  ) throws(Problem) {
    switch services.queue.offer(batch, observer: signal) {
    case .accepted:
      sender.quota?.count(batch)
      count.accepted(batch.received, isOwn: true)
      services.activity.batchAccepted(batch)
      services.activity.acceptLatency.record(ContinuousClock.now - batch.acceptedAt)
    case .joined: count.accepted(batch.received, isOwn: false)
    case .full: throw .queueFull
    case .sequenceReused: throw .idempotencyKeyReused
    case .closed: throw .draining
    }
  }

  private func settlement(of offered: OfferedBatch) async throws(Problem) -> SettledBatch {
    guard let outcome = await offered.signal.outcome(within: timeout) else {
      throw .notCommittedYet(timeout)
    }
    guard outcome != .sequenceReused else { throw .idempotencyKeyReused }
    return SettledBatch(key: offered.key, outcome: outcome)
  }

  /// Waits until the queue, and the share of the sender's producer in it, have room for more.
  private func waitForRoom(of batch: RequestBatch, from sender: RequestSender) async throws(Problem) {
    let (rooms, room) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    let producer = sender.producer ?? producers.producer(of: sender.owner).id
    let probe = batch.ingestBatch(
      BatchKey(producer: producer, sequence: 1), base: 1, of: sender, isAwaited: true)
    services.queue.whenSpace(for: probe) {
      room.yield()
      room.finish()
    }
    let hasRoom: Void?? = await Deadline.within(timeout) { await rooms.first { _ in true } }
    guard case .some(.some) = hasRoom else { throw .queueFull }
  }
}
