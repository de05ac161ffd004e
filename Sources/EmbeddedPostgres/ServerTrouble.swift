internal import Synchronization

/// The reason why the embedded server cannot be reached, and the observer of this reason.
public final class ServerTrouble: Sendable {
  /// A server that cannot be reached.
  public struct Report: Hashable, Sendable {
    /// The cause, as a clause for people.
    public let reason: String
    /// The moment when the server became unreachable.
    public let since: ContinuousClock.Instant
  }

  private struct State {
    var report: Report?
    var observer: (@Sendable (Report?) -> Void)?
  }

  private let state = Mutex(State())

  init() {}

  /// Records that the server cannot be reached, now or still, and tells the observer.
  func began(_ reason: String) {
    state.withLock { state in
      let report = Report(reason: reason, since: state.report?.since ?? .now)
      state.report = report
      state.observer?(report)
    }
  }

  /// Records that the server can be reached again, and tells the observer.
  func ended() {
    state.withLock { state in
      state.report = nil
      state.observer?(nil)
    }
  }

  /// Sets the observer of all later changes, and calls it at once when the server is unreachable already.
  func observe(_ observer: @escaping @Sendable (Report?) -> Void) {
    state.withLock { state in
      state.observer = observer
      if let report = state.report { observer(report) }
    }
  }
}
