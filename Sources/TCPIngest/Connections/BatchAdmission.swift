import Ingest
import WireProtocol

/// A batch that the queue had no room for.
struct WaitingBatch {
  let batch: IngestBatch
  /// The time at which the batch is refused; nil when the producer gave no time to live.
  let deadline: ContinuousClock.Instant?

  func isExpired(at now: ContinuousClock.Instant) -> Bool { deadline.map { now >= $0 } ?? false }
}

/// The way of the batches of one connection into the queue: memory, decompression, validation, offer.
struct BatchAdmission {
  /// The result of admitting a batch.
  enum Outcome {
    /// The queue holds the batch; nil when another connection had sent it before.
    case accepted(IngestBatch?)
    /// The batch is refused, and the connection continues.
    case refused(WireError)
    /// The queue is full. The batch is offered again when there is space.
    case full(WaitingBatch)
    /// The connection must end.
    case failed(WireError)
  }

  /// The result of asking for the memory of a batch.
  enum Reservation {
    case held(MemoryReservation)
    /// There is no room before the end of this stall.
    case stalled(Stall)
  }

  let services: IngestServices
  let limits: BatchLimits
  let producer: RegisteredProducer
  /// The topics that may be published; nil for all.
  var topics: TopicGate?
  /// Is told the outcomes of batches.
  let observer: any SettlementObserver

  /// Reserves the memory that the columns of a batch take, before they are decompressed.
  func reserve(_ bytes: Int) -> Reservation {
    guard services.queue.hasShare(bytes, of: producer.id) else {
      return .stalled(.queueShare(bytes, of: producer.id))
    }
    guard services.memory.reserve(bytes) else { return .stalled(.memoryBudget(bytes)) }
    return .held(MemoryReservation(adopting: bytes, of: services.memory))
  }

  /// Decompresses and validates a batch, and offers it to the queue.
  /// - Parameter reservation: the memory of the columns; the batch holds it from now on.
  func admit(
    _ publish: PublishHeader, body: RawSpan, reservation: MemoryReservation, at now: ContinuousClock.Instant
  ) -> Outcome {
    do throws(WireError) {
      let batch = try makeBatch(publish, body, reservation, now)
      let deadline = publish.timeToLive == 0 ? nil : now + .milliseconds(publish.timeToLive)
      return offer(WaitingBatch(batch: batch, deadline: deadline), at: now)
    } catch {
      switch error.code.scope {
      case .batch: return .refused(error)
      case .connection: return .failed(error)
      }
    }
  }

  /// Offers a batch to the queue, unless its time to live is over.
  func offer(_ waiting: WaitingBatch, at now: ContinuousClock.Instant) -> Outcome {
    let batch = waiting.batch
    guard !waiting.isExpired(at: now) else { return .refused(.batchExpired(batch.key.sequence)) }
    switch services.queue.offer(batch, observer: observer) {
    case .accepted:
      services.activity.batchAccepted(batch)
      services.activity.acceptLatency.record(ContinuousClock.now - batch.acceptedAt)
      return .accepted(batch)
    case .joined: return .accepted(nil)
    case .full: return .full(waiting)
    case .sequenceReused: return .refused(.sequenceReused(batch.key.sequence))
    case .closed: return .failed(.draining)
    }
  }

  private func makeBatch(
    _ publish: PublishHeader, _ body: RawSpan, _ reservation: MemoryReservation,
    _ now: ContinuousClock.Instant
  ) throws(WireError) -> IngestBatch {
    let buffers = services.columnBuffers
    let columns = try publish.columns(in: body, limits: limits, into: buffers.take(publish.rawLength))
    // Before the events are looked at: an event is never dead because its topic is not permitted.
    if let topic = topics?.firstForbidden(in: columns) {
      throw .topicNotAllowed(PeerText.printable(topic), in: publish.sequence)
    }
    return IngestBatch(
      key: BatchKey(producer: producer.id, sequence: publish.sequence), base: publish.base,
      digest: Digest64.digest(of: columns.bytes.span.bytes), session: producer.session, columns: columns,
      dead: services.validator.deadEvents(in: columns), acceptedAt: now, reservation: reservation,
      buffers: buffers, origin: producer.origin, incarnation: producer.incarnation)
  }
}

extension BatchOutcome {
  /// The answer to batch `sequence` as ACK committed tells it; nil when the batch is refused.
  func committedBatch(_ sequence: UInt64) -> CommittedBatch? {
    switch self {
    case .committed(let counts): CommittedBatch(sequence: sequence, counts: counts, isReplay: false)
    case .replayed(let counts): CommittedBatch(sequence: sequence, counts: counts, isReplay: true)
    case .countsUnknown: CommittedBatch(sequence: sequence, counts: nil, isReplay: true)
    case .sequenceReused: nil
    }
  }
}
