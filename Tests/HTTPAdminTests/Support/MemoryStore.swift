import Foundation
import Ingest
import StoreInterface
import Synchronization
import WireProtocol

@testable import HTTPAdmin

/// A store in memory with one writer, which commits the batches of the queue and keeps a ledger.
final class MemoryStore: EventStore {
  private struct Key: Hashable {
    let topic: String
    let id: String
  }

  private struct State {
    /// The batch that stored each key.
    var keys: [Key: BatchKey] = [:]
    var events: [PublishedEvent] = []
    var dead: [DeadReason] = []
    var ledger: [BatchKey: (digest: UInt64, counts: BatchCounts)] = [:]
    var registered: [ProducerRegistration] = []
    var refusal: RegistrationError?
    var unavailableSince: ContinuousClock.Instant?
  }

  let queue: BatchQueue
  let memory: MemoryBudget
  let quotas = QuotaAccounts()
  let activity = IngestActivity()
  private let state = Mutex(State())

  /// Creates a store whose writer starts at once, unless `isPaused`.
  init(limits: QueueLimits = .standard, memory: Int = 1 << 30, isPaused: Bool = false) {
    queue = BatchQueue(limits: limits)
    self.memory = MemoryBudget(limit: memory)
    if !isPaused { resume() }
  }

  deinit { queue.close() }

  /// Starts the writer.
  func resume() {
    // The thread must not hold this object, because its `deinit` closes the queue, which ends the thread.
    Thread.detachNewThread { [queue, weak self] in
      while let group = queue.takeGroup(.standard) {
        for batch in group {
          queue.settle(batch, self?.commit(batch) ?? .countsUnknown, by: StoreIncarnation(1))
        }
      }
    }
  }

  /// The stored events in the order of their commits.
  var events: [PublishedEvent] { state.withLock { $0.events } }
  /// The reasons of the dead events.
  var dead: [DeadReason] { state.withLock { $0.dead } }
  /// All registrations so far.
  var registered: [ProducerRegistration] { state.withLock { $0.registered } }

  /// Returns the positions of the events that `batch` stored.
  func positions(of keys: [EventKey], storedBy batch: BatchKey) -> Set<Int> {
    state.withLock { state in
      Set(keys.indices.filter { state.keys[Key(topic: keys[$0].topic, id: keys[$0].eventID)] == batch })
    }
  }

  /// Lets all further registrations fail with `refusal`.
  func refuse(_ refusal: RegistrationError) { state.withLock { $0.refusal = refusal } }

  /// Makes the store unavailable.
  func goAway() { state.withLock { $0.unavailableSince = .now } }

  var incarnation: StoreIncarnation { StoreIncarnation(1) }

  var unavailableSince: ContinuousClock.Instant? { state.withLock { $0.unavailableSince } }

  /// Does nothing, because the writer starts with the store.
  func start() {}

  func stop(within limit: Duration) -> Int { queue.abandonedCount }

  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void
  ) {
    let refusal = state.withLock { state in
      state.registered.append(registration)
      return state.refusal
    }
    if let refusal { return completion(.failure(refusal)) }
    let lineage = Lineage(system: 1, timeline: 1, store: ProducerID(high: 1, low: 1))
    completion(
      .success(
        RegistrationGrant(
          session: 1, floor: 0, highest: 0, settled: [], lineage: lineage,
          durability: Durability(synchronousCommit: .on, fsync: true), incarnation: StoreIncarnation(1))))
  }

  private func commit(_ batch: IngestBatch) -> BatchOutcome {
    guard let events = try? PublishedEvent.all(in: batch.columns) else { return .countsUnknown }
    return state.withLock { state in
      if let entry = state.ledger[batch.key] {
        return entry.digest == batch.digest ? .replayed(entry.counts) : .sequenceReused
      }
      var unique: UInt32 = 0
      let dead = Set(batch.dead.map(\.position))
      state.dead += batch.dead.map(\.reason)
      for (position, event) in events.enumerated()
      where !dead.contains(position)
        && state.keys[Key(topic: event.topic, id: event.id)] == nil
      {
        state.keys[Key(topic: event.topic, id: event.id)] = batch.key
        state.events.append(event)
        unique += 1
      }
      let counts = BatchCounts(
        unique: unique, duplicate: UInt32(events.count - dead.count) - unique, dead: UInt32(dead.count))
      state.ledger[batch.key] = (batch.digest, counts)
      return .committed(counts)
    }
  }

  /// Returns the parts of ingest with this store.
  func services(batch: BatchLimits = .standard, event: EventLimits = .standard) -> PublishServices {
    PublishServices(
      store: self, queue: queue, memory: memory, quotas: quotas, activity: activity, batchLimits: batch,
      eventLimits: event)
  }
}

/// A point in a test that one task reaches and another one waits for.
struct Milestone: Sendable {
  private let stream: AsyncStream<Never>
  private let continuation: AsyncStream<Never>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(of: Never.self)
  }

  /// Marks the point as reached; from then on nobody waits.
  func reach() {
    continuation.finish()
  }

  /// Waits until the point is reached.
  func wait() async {
    for await _ in stream {}
  }
}
