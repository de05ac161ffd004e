import ClientLib
import Synchronization

/// What the acknowledgements of a run said, from all connections.
final class RunRecord: Sendable {
  /// Sums so far.
  struct Totals: Sendable {
    /// Events.
    var sent: UInt64 = 0
    var batches: UInt64 = 0
    var accepted: UInt64 = 0
    var committed: UInt64 = 0
    var unique: UInt64 = 0
    var duplicates: UInt64 = 0
    var dead: UInt64 = 0
    /// Batches that are committed with unknown counts, since a connection ended before they were told.
    var unknownBatches: UInt64 = 0
    var refusedBatches: UInt64 = 0
    /// What the first refusal said.
    var firstProblem: ProducerError?
    /// When the last acknowledgement of each kind came.
    var lastAccepted: ContinuousClock.Instant?
    var lastCommitted: ContinuousClock.Instant?
    var acceptedTimes = Latencies()
    var committedTimes = Latencies()
  }

  private let state = Mutex(Totals())

  var totals: Totals { state.withLock { $0 } }

  /// When the last acknowledgement of this kind came.
  func lastMoment(_ moment: RunPlan.Moment) -> ContinuousClock.Instant? {
    state.withLock { moment == .accepted ? $0.lastAccepted : $0.lastCommitted }
  }

  /// A batch is on its way.
  func sent(_ events: Int) {
    state.withLock { totals in
      totals.sent += UInt64(events)
      totals.batches += 1
    }
  }

  /// Waits for both moments of a batch that was meant to be sent at `intended`.
  func follow(_ receipt: Receipt, events: Int, intended: ContinuousClock.Instant) async {
    do throws(ProducerError) {
      try await receipt.accepted()
      let accepted = ContinuousClock.now
      state.withLock { totals in
        totals.accepted += UInt64(events)
        totals.lastAccepted = accepted
        totals.acceptedTimes.record(accepted - intended)
      }
      let counts = try await receipt.committed()
      let committed = ContinuousClock.now
      state.withLock { totals in
        totals.add(counts)
        totals.lastCommitted = committed
        totals.committedTimes.record(committed - intended)
      }
    } catch {
      state.withLock { totals in
        totals.refusedBatches += 1
        totals.firstProblem = totals.firstProblem ?? error
      }
    }
  }
}

extension RunRecord.Totals {
  fileprivate mutating func add(_ counts: Counts) {
    committed += UInt64(counts.received)
    guard let unique = counts.unique, let duplicate = counts.duplicate, let dead = counts.dead else {
      unknownBatches += 1
      return
    }
    self.unique += UInt64(unique)
    duplicates += UInt64(duplicate)
    self.dead += UInt64(dead)
  }
}
