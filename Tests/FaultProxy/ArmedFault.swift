import Synchronization

/// A fault that waits for its moment, for whoever wants to know whether it came.
public final class ArmedFault: Sendable {
  /// What waits.
  public let fault: Fault
  private let happened = Atomic(false)

  init(_ fault: Fault) {
    self.fault = fault
  }

  /// Whether its moment came. Each fault happens once.
  public var hasHappened: Bool { happened.load(ordering: .acquiring) }

  func happens() {
    happened.store(true, ordering: .releasing)
  }
}
