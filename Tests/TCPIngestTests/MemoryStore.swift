import Foundation
import Ingest
import Synchronization
import WireProtocol

/// A store in memory with a ledger and a set of keys: what Postgres does, without Postgres.
///
/// Its writer is a thread that takes groups from the queue, as long as the gate is open.
final class MemoryStore: EventStore {
  private struct State {
    var sessions: [ProducerID: Int64] = [:]
    var ledger: [BatchKey: BatchCounts] = [:]
    var keys: Set<[UInt8]> = []
    var awaySince: ContinuousClock.Instant?
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
        for batch in group { queue.settle(batch, commit(batch)) }
      }
    }
  }

  var awaySince: ContinuousClock.Instant? { state.withLock { $0.awaySince } }
  var storedKeys: Int { state.withLock { $0.keys.count } }

  /// Holds the writer back, or lets it go on.
  func setGate(open: Bool) {
    gate.withLock {
      isOpen = open
      gate.broadcast()
    }
  }

  /// Makes every registration fail, or none.
  func refuse(_ error: RegistrationError?) {
    state.withLock { $0.refusal = error }
  }

  func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<ProducerSession, RegistrationError>) -> Void
  ) {
    completion(
      state.withLock { state in
        if let refusal = state.refusal { return .failure(refusal) }
        let session = state.sessions[registration.producer, default: 0] + 1
        state.sessions[registration.producer] = session
        let settled = state.ledger.keys.filter { $0.producer == registration.producer }.map(\.sequence)
        return .success(
          ProducerSession(
            session: session, floor: 0, settled: settled.sorted(),
            lineage: Lineage(system: 1, timeline: 1, store: registration.producer),
            durability: Durability(synchronousCommit: .on, fsync: true)))
      })
  }

  private func commit(_ batch: IngestBatch) -> BatchOutcome {
    state.withLock { state in
      if let counts = state.ledger[batch.key] { return .replayed(counts) }
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
      state.ledger[batch.key] = counts
      return .committed(counts)
    }
  }

  private func waitForGate() {
    gate.withLock {
      while !isOpen { gate.wait() }
    }
  }
}
