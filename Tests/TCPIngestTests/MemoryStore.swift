import Foundation
import Ingest
import StoreInterface
import Synchronization
import WireProtocol

/// A store in memory with a ledger and a set of keys: what Postgres does, without Postgres.
///
/// Its writer is a thread that takes groups from the queue, as long as the gate is open.
final class MemoryStore: EventStore {
  private struct State {
    var sessions: [ProducerID: Int64] = [:]
    var owners: [ProducerID: String] = [:]
    var ledger: [BatchKey: (digest: UInt64, counts: BatchCounts)] = [:]
    var keys: Set<[UInt8]> = []
    var unavailableSince: ContinuousClock.Instant?
    var incarnation = StoreIncarnation(1)
    var refusal: RegistrationError?
  }

  private let state = Mutex(State())
  private let queue: BatchQueue
  private let gate = NSCondition()
  nonisolated(unsafe) private var isOpen = true  // guarded by `gate`

  init(queue: BatchQueue) {
    self.queue = queue
    Thread.detachNewThread { [self] in
      while let group = queue.takeGroup(GroupLimits(events: 20_000, bytes: 8 << 20, delay: .zero)) {
        waitForGate()
        for batch in group { queue.settle(batch, commit(batch), by: incarnation) }
      }
    }
  }

  /// Does nothing, because the writer starts with the store.
  func start() {}

  func stop(within limit: Duration) -> Int { queue.abandonedCount }

  var unavailableSince: ContinuousClock.Instant? { state.withLock { $0.unavailableSince } }

  var incarnation: StoreIncarnation { state.withLock { $0.incarnation } }

  /// Another database answers from now on, which holds the same.
  func change() {
    state.withLock { $0.incarnation = StoreIncarnation($0.incarnation.number + 1) }
  }

  var storedKeys: Int { state.withLock { $0.keys.count } }

  /// Holds the writer back, or lets it go on.
  func setGate(open: Bool) {
    gate.withLock {
      isOpen = open
      gate.broadcast()
    }
  }

  /// The owner of a registered producer.
  func owner(of producer: ProducerID) -> String? { state.withLock { $0.owners[producer] } }

  /// Makes every registration fail, or none.
  func refuse(_ error: RegistrationError?) {
    state.withLock { $0.refusal = error }
  }

  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void
  ) {
    completion(
      state.withLock { state in
        if let refusal = state.refusal { return .failure(refusal) }
        let owner = registration.origin.owner
        guard state.owners[registration.producer, default: owner] == owner else { return .failure(.notYours) }
        state.owners[registration.producer] = owner
        let session = state.sessions[registration.producer, default: 0] + 1
        state.sessions[registration.producer] = session
        let settled = state.ledger.keys.filter { $0.producer == registration.producer }.map(\.sequence)
        return .success(
          RegistrationGrant(
            session: session, floor: 0, highest: settled.max() ?? 0, settled: settled.sorted(),
            lineage: Lineage(system: 1, timeline: 1, store: registration.producer),
            durability: Durability(synchronousCommit: .on, fsync: true), incarnation: state.incarnation))
      })
  }

  private func commit(_ batch: IngestBatch) -> BatchOutcome {
    state.withLock { state in
      if let known = state.ledger[batch.key] {
        return known.digest == batch.digest ? .replayed(known.counts) : .sequenceReused
      }
      var unique: UInt32 = 0
      var cursor = batch.columns.makeCursor()
      let dead = Set(batch.dead.map(\.position))
      let topics = batch.columns.topicRanges()
      let bytes = batch.columns.bytes
      for position in 0..<batch.columns.count {
        guard let place = cursor.next(in: bytes.span.bytes) else { break }
        guard !dead.contains(position) else { continue }
        let topic = topics[place.topic]
        let key = bytes[topic] + [0] + bytes[place.id]
        if state.keys.insert(Array(key)).inserted { unique += 1 }
      }
      let counts = BatchCounts(
        unique: unique, duplicate: UInt32(batch.received - dead.count) - unique, dead: UInt32(dead.count))
      state.ledger[batch.key] = (batch.digest, counts)
      return .committed(counts)
    }
  }

  private func waitForGate() {
    gate.withLock {
      while !isOpen { gate.wait() }
    }
  }
}
