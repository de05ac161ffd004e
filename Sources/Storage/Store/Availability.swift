internal import Synchronization

/// Whether the database can be reached, as its users last saw it.
final class Availability: Sendable {
  private let since = Mutex<ContinuousClock.Instant?>(nil)

  /// Since when it can not be used; nil while it can.
  var awaySince: ContinuousClock.Instant? { since.withLock { $0 } }

  /// Something was refused, or nothing answered.
  func failed(at now: ContinuousClock.Instant) {
    since.withLock { $0 = $0 ?? now }
  }

  /// It did what it was asked.
  func succeeded() {
    since.withLock { $0 = nil }
  }
}
