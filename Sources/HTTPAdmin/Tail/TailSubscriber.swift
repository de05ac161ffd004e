import Ingest
internal import StoreInterface
import Synchronization

/// A subscriber's buffer, between the task that reads events for all and the task that sends them.
final class TailSubscriber: Sendable {
  private let buffer: Mutex<TailBuffer>
  private let arrivals = AsyncSignal()
  private let departures = AsyncSignal()

  /// Creates a buffer for `limit` bytes of events.
  init(limit: Int) {
    buffer = Mutex(TailBuffer(limit: limit))
  }

  /// Starts the subscription at `position`.
  func begin(_ position: TailPosition) {
    buffer.withLock { $0.begin(position) }
    arrivals.ring()
  }

  /// Adds events. While the buffer is full, waits for room.
  /// - Returns: false when there was no room until `deadline`.
  func add(_ piece: TailBuffer.Piece, until deadline: ContinuousClock.Instant) async -> Bool {
    while !buffer.withLock({ $0.add(piece) }) {
      guard await departures.wait(until: deadline) else { return false }
    }
    arrivals.ring()
    return true
  }

  /// Marks all events up to `position` as added.
  func reach(_ position: TailPosition) {
    buffer.withLock { $0.reach(position) }
  }

  /// Ends the subscription.
  func end(_ ending: TailEnding) {
    buffer.withLock { $0.end(ending) }
    arrivals.ring()
    departures.ring()
  }

  /// Returns the next delivery; `wait` when none arrives within `limit`.
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
