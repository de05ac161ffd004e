import Ingest
import Synchronization
import WireProtocol

/// An observer that stores the outcome of each batch.
final class Outcomes: SettlementObserver {
  private struct State {
    var settled: [BatchKey: BatchOutcome] = [:]
    var waiting: [BatchKey: [CheckedContinuation<BatchOutcome, Never>]] = [:]
    var newerSessions: [ProducerID: Int64] = [:]
  }

  private let state = Mutex(State())

  /// The newest session of each superseded producer.
  var newerSessions: [ProducerID: Int64] { state.withLock { $0.newerSessions } }

  /// Number of settled batches.
  var count: Int { state.withLock { $0.settled.count } }

  /// Whether the batch is settled.
  func isSettled(_ batch: IngestBatch) -> Bool { state.withLock { $0.settled[batch.key] != nil } }

  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome, by incarnation: StoreIncarnation) {
    let waiting = state.withLock { state in
      state.settled[key] = outcome
      return state.waiting.removeValue(forKey: key) ?? []
    }
    for continuation in waiting { continuation.resume(returning: outcome) }
  }

  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {
    state.withLock { $0.newerSessions[producer] = session }
  }

  /// Deletes the outcome of a batch before the batch is offered again.
  func forget(_ batch: IngestBatch) {
    state.withLock { $0.settled[batch.key] = nil }
  }

  /// Waits until the batch is settled.
  func outcome(of batch: IngestBatch) async -> BatchOutcome {
    await withCheckedContinuation { continuation in
      let settled = state.withLock { state -> BatchOutcome? in
        if let outcome = state.settled[batch.key] { return outcome }
        state.waiting[batch.key, default: []].append(continuation)
        return nil
      }
      if let settled { continuation.resume(returning: settled) }
    }
  }
}

extension BatchOutcome {
  /// The counts; nil when they are unknown.
  var counts: BatchCounts? {
    switch self {
    case .committed(let counts), .replayed(let counts): counts
    case .countsUnknown, .sequenceReused: nil
    }
  }
}

extension BatchOutcome {
  /// The outcome of a batch that was committed for the first time, with these counts.
  static func committed(unique: UInt32 = 0, duplicate: UInt32 = 0, dead: UInt32 = 0) -> BatchOutcome {
    .committed(BatchCounts(unique: unique, duplicate: duplicate, dead: dead))
  }

  /// The outcome of a batch that had been committed before, with these counts.
  static func replayed(unique: UInt32 = 0, duplicate: UInt32 = 0, dead: UInt32 = 0) -> BatchOutcome {
    .replayed(BatchCounts(unique: unique, duplicate: duplicate, dead: dead))
  }
}
