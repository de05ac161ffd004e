import Ingest
import Synchronization

/// A subscriber's buffer between the task that reads for all and the one that writes to the subscriber.
final class TailSubscriber: Sendable {
  private let buffer: Mutex<TailBuffer>
  private let arrivals = Bell()
  private let departures = Bell()

  /// A subscriber for whom `limit` bytes of events may wait.
  init(limit: Int) {
    buffer = Mutex(TailBuffer(limit: limit))
  }

  /// Begins at `position`.
  func begin(_ position: TailPosition) {
    buffer.withLock { $0.begin(position) }
    arrivals.ring()
  }

  /// Adds events; where there is no room, waits for it.
  /// - Returns: Whether there was room within `patience`.
  func add(_ piece: TailBuffer.Piece, patience: Duration) async -> Bool {
    let deadline = ContinuousClock.now + patience
    while !buffer.withLock({ $0.add(piece) }) {
      guard await departures.wait(until: deadline) else { return false }
    }
    arrivals.ring()
    return true
  }

  /// Everything up to `position` was added.
  func reach(_ position: TailPosition) {
    buffer.withLock { $0.reach(position) }
  }

  /// Ends the subscription.
  func end(_ ending: TailEnding) {
    buffer.withLock { $0.end(ending) }
    arrivals.ring()
    departures.ring()
  }

  /// What is there, or what comes within `limit`; after that `wait`.
  func next(within limit: Duration) async -> TailBuffer.Delivery {
    let deadline = ContinuousClock.now + limit
    while true {
      let delivery = take()
      guard case .wait = delivery, await arrivals.wait(until: deadline) else { return delivery }
    }
  }

  private func take() -> TailBuffer.Delivery {
    defer { departures.ring() }
    return buffer.withLock { $0.take() }
  }
}
