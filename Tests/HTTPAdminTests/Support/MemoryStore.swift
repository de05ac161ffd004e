import Foundation
import Ingest
import Synchronization
import WireProtocol

@testable import HTTPAdmin

/// A store in memory with one writer, which commits what the queue gives it and keeps a ledger.
final class MemoryStore: EventStore {
  private struct Key: Hashable {
    let topic: String
    let id: String
  }

  private struct State {
    var keys: Set<Key> = []
    var events: [PublishedEvent] = []
    var ledger: [BatchKey: (digest: UInt64, counts: BatchCounts)] = [:]
    var registered: [ProducerRegistration] = []
    var refusal: RegistrationError?
    var awaySince: ContinuousClock.Instant?
  }

  let queue: BatchQueue
  let memory: MemoryBudget
  let activity = IngestActivity()
  private let state = Mutex(State())

  /// A store whose writer starts at once, unless `isPaused`.
  init(limits: QueueLimits = .standard, memory: Int = 1 << 30, isPaused: Bool = false) {
    queue = BatchQueue(limits: limits)
    self.memory = MemoryBudget(limit: memory)
    if !isPaused { resume() }
  }

  deinit { queue.close() }

  /// Starts the writer.
  func resume() {
    // Not this object: it closes the queue when it goes, which ends the thread.
    Thread.detachNewThread { [queue, weak self] in
      while let group = queue.takeGroup(.standard) {
        for batch in group { queue.settle(batch, self?.commit(batch) ?? .countsUnknown) }
      }
    }
  }

  /// The stored events, in the order of their commits.
  var events: [PublishedEvent] { state.withLock { $0.events } }
  /// The registrations so far.
  var registered: [ProducerRegistration] { state.withLock { $0.registered } }

  /// From now on registrations fail like this.
  func refuse(_ refusal: RegistrationError) { state.withLock { $0.refusal = refusal } }

  /// From now on the store is away.
  func goAway() { state.withLock { $0.awaySince = .now } }

  var awaySince: ContinuousClock.Instant? { state.withLock { $0.awaySince } }

  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<ProducerSession, RegistrationError>) -> Void
  ) {
    let refusal = state.withLock { state in
      state.registered.append(registration)
      return state.refusal
    }
    if let refusal { return completion(.failure(refusal)) }
    let lineage = Lineage(system: 1, timeline: 1, store: ProducerID(high: 1, low: 1))
    completion(
      .success(
        ProducerSession(
          session: 1, floor: 0, settled: [], lineage: lineage,
          durability: Durability(synchronousCommit: .on, fsync: true))))
  }

  private func commit(_ batch: IngestBatch) -> BatchOutcome {
    guard let events = try? PublishedEvent.all(in: batch.columns) else { return .countsUnknown }
    return state.withLock { state in
      if let entry = state.ledger[batch.key] {
        return entry.digest == batch.digest ? .replayed(entry.counts) : .sequenceReused
      }
      var unique: UInt32 = 0
      for event in events where state.keys.insert(Key(topic: event.topic, id: event.id)).inserted {
        state.events.append(event)
        unique += 1
      }
      let counts = BatchCounts(unique: unique, duplicate: UInt32(events.count) - unique, dead: 0)
      state.ledger[batch.key] = (batch.digest, counts)
      return .committed(counts)
    }
  }

  /// The parts of ingest around this store.
  func services(batch: BatchLimits = .standard, event: EventLimits = .standard) -> PublishServices {
    PublishServices(
      store: self, queue: queue, memory: memory, activity: activity, batchLimits: batch, eventLimits: event)
  }
}
