import Ingest
import Synchronization
import WireProtocol

/// Batches that producers sent, the answers that they received, and the contents of the database that follow
/// from both.
final class DeliveryModel: Sendable {
  private struct Record {
    let received: Int
    let dead: Int
    var counts: BatchCounts?
    var isCommitted = false
  }

  private struct State {
    var records: [BatchKey: Record] = [:]
    var keys: Set<String> = []
    var contradictions: [String] = []
  }

  private let state = Mutex(State())

  /// Descriptions of answers that contradict each other.
  var contradictions: [String] { state.withLock { $0.contradictions } }
  /// The keys of all events that can be stored.
  var keys: Set<String> { state.withLock { $0.keys } }
  /// Number of batches.
  var batches: Int { state.withLock { $0.records.count } }
  /// Number of events of all batches, each batch counted once.
  var received: Int { state.withLock { $0.records.values.reduce(0) { $0 + $1.received } } }
  /// Number of dead events of all batches, each batch counted once.
  var dead: Int { state.withLock { $0.records.values.reduce(0) { $0 + $1.dead } } }

  /// Records that a producer is about to send `batch` for the first time.
  func sends(_ batch: IngestBatch, keys: Set<String>) {
    state.withLock { state in
      state.records[batch.key] = Record(received: batch.received, dead: batch.dead.count)
      state.keys.formUnion(keys)
    }
  }

  /// Records the outcome of `batch` that a producer was told.
  /// - Parameter isRepeated: whether the same batch was answered before, so that its answer is an old one.
  func answered(_ batch: IngestBatch, _ outcome: BatchOutcome, isRepeated: Bool) {
    state.withLock { state in
      guard var record = state.records[batch.key] else { return }
      if let problem = Self.problem(record, outcome, isRepeated: isRepeated) {
        state.contradictions.append("\(batch.key.sequence) of \(batch.key.producer): \(problem)")
      }
      record.counts = record.counts ?? outcome.counts
      if case .committed = outcome { record.isCommitted = true }
      state.records[batch.key] = record
    }
  }

  /// Records an impossible answer to a producer.
  func contradicts(_ problem: String) {
    state.withLock { $0.contradictions.append(problem) }
  }

  private static func problem(
    _ record: Record, _ outcome: BatchOutcome, isRepeated: Bool
  ) -> String? {
    switch outcome {
    case .committed where record.isCommitted: return "committed twice"
    case .committed where isRepeated: return "committed after it was settled"
    case .committed(let counts), .replayed(let counts):
      if Int(counts.received) != record.received || Int(counts.dead) != record.dead {
        return "\(counts) for \(record.received) events"
      }
      return record.counts.map { $0 == counts ? nil : "\(counts) after \($0)" } ?? nil
    case .countsUnknown: return isRepeated ? nil : "counts unknown, though it was never answered"
    case .sequenceReused: return "its own bytes were taken for others"
    }
  }
}
