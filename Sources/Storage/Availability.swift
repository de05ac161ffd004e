internal import StoreInterface
internal import Synchronization

/// Whether the database can be used, as each of its users last saw it.
final class Availability: Sendable {
  /// A user of the database. The success of one user says nothing about the failure of another: a full disk
  /// refuses events while registrations still find room.
  enum User: Hashable, Sendable {
    /// Thread that answers HELLOs.
    case registrar
    /// Writer with this number.
    case writer(Int)
  }

  private let failing = Mutex<[User: ContinuousClock.Instant]>([:])

  /// Instant since which at least one user cannot use the database; nil while all can.
  var unavailableSince: ContinuousClock.Instant? { failing.withLock { $0.values.min() } }

  /// Records that the database refused a statement of `user`, or did not answer.
  func failed(_ user: User, at now: ContinuousClock.Instant) {
    failing.withLock { $0[user] = $0[user] ?? now }
  }

  /// Records that the database did what `user` asked.
  func succeeded(_ user: User) {
    failing.withLock { _ = $0.removeValue(forKey: user) }
  }
}
