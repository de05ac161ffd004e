import Synchronization

/// Limits the number of subscribers.
final class SubscriberLimit: Sendable {
  private let places: Int
  private let taken = Atomic<Int>(0)

  /// Creates a limit of `places` subscribers.
  init(places: Int) {
    self.places = places
  }

  /// Number of subscribers. It can exceed the limit by one for a moment, while a subscriber is refused.
  var subscribers: Int { taken.load(ordering: .relaxed) }

  /// Returns a permit, which holds a place until it is dropped; nil when all places are taken.
  func enter() -> SubscriberPermit? {
    guard taken.add(1, ordering: .relaxed).newValue <= places else {
      taken.subtract(1, ordering: .relaxed)
      return nil
    }
    return SubscriberPermit(self)
  }

  fileprivate func leave() {
    taken.subtract(1, ordering: .relaxed)
  }
}

/// A subscriber's place, which is free again when the last reference is dropped.
final class SubscriberPermit: Sendable {
  private let limit: SubscriberLimit

  fileprivate init(_ limit: SubscriberLimit) {
    self.limit = limit
  }

  deinit {
    limit.leave()
  }
}
