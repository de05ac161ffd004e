internal import Synchronization

/// Whether the database can be used, as each of its users last saw it.
final class Availability: Sendable {
  /// Somebody who uses the database. One's success says nothing about another's failure: a full disk
  /// refuses events while registrations still find room.
  enum User: Hashable, Sendable {
    /// The thread that answers HELLOs.
    case registrar
    /// The writer with this number.
    case writer(Int)
  }

  private let failing = Mutex<[User: ContinuousClock.Instant]>([:])

  /// Since when somebody can not use it; nil while all can.
  var awaySince: ContinuousClock.Instant? { failing.withLock { $0.values.min() } }

  /// Something was refused, or nothing answered.
  func failed(_ user: User, at now: ContinuousClock.Instant) {
    failing.withLock { $0[user] = $0[user] ?? now }
  }

  /// It did what it was asked.
  func succeeded(_ user: User) {
    failing.withLock { _ = $0.removeValue(forKey: user) }
  }
}
