import Synchronization

/// A fault that is armed and reports whether it has happened.
public final class ArmedFault: Sendable {
  /// The fault.
  public let fault: Fault
  private let happened = Atomic(false)

  init(_ fault: Fault) {
    self.fault = fault
  }

  /// Whether the fault has happened. Each fault happens once.
  public var hasHappened: Bool { happened.load(ordering: .acquiring) }

  func happens() {
    happened.store(true, ordering: .releasing)
  }
}
