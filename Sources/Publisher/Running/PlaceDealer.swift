import Synchronization

/// Deals the places of a run's events to connections, a batch at a time, so that every place goes out once
/// and the places dealt are always the first ones.
final class PlaceDealer: Sendable {
  private let next = Atomic<UInt64>(0)
  private let isStopped = Atomic(false)
  private let count: UInt64
  private let batch: UInt64

  /// `count` places in batches of `batch`.
  init(count: UInt64, batch: UInt64) {
    precondition(batch > 0)
    self.count = count
    self.batch = batch
  }

  /// The next places; nil when all are dealt, or dealing was stopped.
  func deal() -> Range<UInt64>? {
    guard !isStopped.load(ordering: .relaxed) else { return nil }
    var start = next.load(ordering: .relaxed)
    while start < count {
      let end = start + min(batch, count - start)
      let (exchanged, original) = next.compareExchange(expected: start, desired: end, ordering: .relaxed)
      if exchanged { return start..<end }
      start = original
    }
    return nil
  }

  /// Deals no more.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// How many places were dealt.
  var dealt: UInt64 { next.load(ordering: .relaxed) }
}
