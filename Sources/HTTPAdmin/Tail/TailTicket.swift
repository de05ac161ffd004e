import Synchronization

/// How many subscribe, bounded.
final class TailTurnstile: Sendable {
  private let places: Int
  private let taken = Atomic<Int>(0)

  /// A turnstile that lets `places` in.
  init(places: Int) {
    self.places = places
  }

  /// How many places are taken. For a moment one more than there are, while somebody is turned away.
  var subscribers: Int { taken.load(ordering: .relaxed) }

  /// Lets somebody in, until the ticket is dropped; nil when all places are taken.
  func enter() -> TailTicket? {
    guard taken.add(1, ordering: .relaxed).newValue <= places else {
      taken.subtract(1, ordering: .relaxed)
      return nil
    }
    return TailTicket(self)
  }

  fileprivate func leave() {
    taken.subtract(1, ordering: .relaxed)
  }
}

/// A subscriber's place.
final class TailTicket: Sendable {
  private let turnstile: TailTurnstile

  fileprivate init(_ turnstile: TailTurnstile) {
    self.turnstile = turnstile
  }

  deinit {
    turnstile.leave()
  }
}
