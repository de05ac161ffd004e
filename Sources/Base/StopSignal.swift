internal import Dispatch
internal import Synchronization

/// A signal that tells threads to end their waits. It is set once and stays set.
package final class StopSignal: Sendable {
  private let stopped = Atomic<Bool>(false)
  private let wakeUp = DispatchSemaphore(value: 0)

  /// A signal that is not set.
  package init() {}

  /// Whether `set` was called.
  package var isSet: Bool { stopped.load(ordering: .acquiring) }

  /// Ends all pauses, present and future.
  package func set() {
    stopped.store(true, ordering: .releasing)
    wakeUp.signal()
  }

  /// Waits for `duration`, or until the signal is set.
  package func pause(for duration: Duration) {
    guard !isSet else { return }
    if wakeUp.wait(timeout: .now() + DispatchTimeInterval(duration)) == .success {
      wakeUp.signal()  // The next thread that waits needs the signal, too.
    }
  }
}
