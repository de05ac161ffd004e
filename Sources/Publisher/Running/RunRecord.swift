import ClientLib
import Synchronization

/// Sums over the acknowledgements of a run, from all connections.
final class RunRecord: Sendable {
  /// Sums so far.
  struct Totals: Sendable {
    /// Numbers of events, except `batches`.
    var sent: UInt64 = 0
    var batches: UInt64 = 0
    var accepted: UInt64 = 0
    var committed: UInt64 = 0
    var unique: UInt64 = 0
    var duplicates: UInt64 = 0
    var dead: UInt64 = 0
    /// Committed batches with unknown counts, because a connection ended before the answer.
    var unknownBatches: UInt64 = 0
    var refusedBatches: UInt64 = 0
    /// Batches that are committed or refused.
    var settledBatches: UInt64 = 0
    /// The first error of a batch.
    var firstProblem: ProducerError?
    /// Times of the last acknowledgements.
    var lastAccepted: ContinuousClock.Instant?
    var lastCommitted: ContinuousClock.Instant?
    var acceptedTimes = Latencies()
    var committedTimes = Latencies()
    /// Times from the call that publishes a batch to its commit.
    var publishTimes = Latencies()
  }

  private let state = Mutex(Totals())

  var totals: Totals { state.withLock { $0 } }

  /// Time of the last acknowledgement of this kind.
  func lastMoment(_ moment: RunPlan.Moment) -> ContinuousClock.Instant? {
    state.withLock { moment == .accepted ? $0.lastAccepted : $0.lastCommitted }
  }

  /// Records that a batch was published.
  func sent(_ events: Int) {
    state.withLock { totals in
      totals.sent += UInt64(events)
      totals.batches += 1
    }
  }

  /// Waits until a batch is accepted and committed.
  /// - Parameters:
  ///   - intended: The time at which the batch should have been published. Its latencies are measured from it.
  ///   - published: The time at which it was published.
  /// - Returns: why the batch was not committed; nil when it was.
  @discardableResult
  func follow(
    _ receipt: Receipt, intended: ContinuousClock.Instant, published: ContinuousClock.Instant
  ) async -> ProducerError? {
    let events = receipt.events
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
        totals.settledBatches += 1
        totals.lastCommitted = committed
        totals.committedTimes.record(committed - intended)
        totals.publishTimes.record(committed - published)
      }
      return nil
    } catch {
      state.withLock { totals in
        totals.refusedBatches += 1
        totals.settledBatches += 1
        totals.firstProblem = totals.firstProblem ?? error
      }
      return error
    }
  }
}

extension RunRecord {
  /// Waits until each part of a batch is accepted and committed.
  /// - Returns: why a part was not committed; nil when all were.
  func follow(_ parts: [Receipt], published: ContinuousClock.Instant) async -> ProducerError? {
    await withTaskGroup(of: ProducerError?.self) { group in
      for part in parts {
        group.addTask { await self.follow(part, intended: published, published: published) }
      }
      return await group.reduce(nil) { $0 ?? $1 }
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

/// Traffic of all connections of a run together.
struct Traffic: Hashable, Sendable {
  /// Bytes of columns before compression.
  var rawBytes = 0
  /// Bytes sent, all frames included.
  var sentBytes = 0
  var reconnects = 0
  var resentBatches = 0
  /// Batches that were given up: to make room, or because their time to live was over.
  var droppedBatches = 0
  var expiredBatches = 0
  /// Batches of earlier runs that were found in spools.
  var recoveredBatches = 0

  /// Adds the traffic of one connection.
  mutating func add(_ statistics: Producer.Statistics) {
    rawBytes += statistics.rawBytes
    sentBytes += statistics.sentBytes
    reconnects += statistics.reconnects
    resentBatches += statistics.resent
    droppedBatches += statistics.dropped
    expiredBatches += statistics.expired
    recoveredBatches += statistics.recovered
  }
}
