import Synchronization
import WireProtocol

/// The counters of one input, written by connections, requests and writers.
final class InputCounters: Sendable {
  private let acceptedBatches = Atomic<Int>(0)
  private let acceptedEvents = Atomic<Int>(0)
  private let uniqueEvents = Atomic<Int>(0)
  private let duplicateEvents = Atomic<Int>(0)
  private let deadEvents = Atomic<Int>(0)

  /// Counts a batch that the queue accepted.
  func batchAccepted(events: Int) {
    acceptedBatches.wrappingAdd(1, ordering: .relaxed)
    acceptedEvents.wrappingAdd(events, ordering: .relaxed)
  }

  /// Counts the events of a batch that was committed now.
  func batchCommitted(_ counts: BatchCounts) {
    uniqueEvents.wrappingAdd(Int(counts.unique), ordering: .relaxed)
    duplicateEvents.wrappingAdd(Int(counts.duplicate), ordering: .relaxed)
    deadEvents.wrappingAdd(Int(counts.dead), ordering: .relaxed)
  }

  /// Returns the current counts.
  func snapshot() -> InputCounts {
    var counts = InputCounts()
    counts.acceptedBatches = acceptedBatches.load(ordering: .relaxed)
    counts.acceptedEvents = acceptedEvents.load(ordering: .relaxed)
    counts.uniqueEvents = uniqueEvents.load(ordering: .relaxed)
    counts.duplicateEvents = duplicateEvents.load(ordering: .relaxed)
    counts.deadEvents = deadEvents.load(ordering: .relaxed)
    return counts
  }
}
