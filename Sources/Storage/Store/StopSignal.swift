internal import Dispatch
internal import Synchronization

/// Tells threads that wait for something outside to give up, once and for all.
final class StopSignal: Sendable {
  private let stopped = Atomic<Bool>(false)
  private let wakeUp = DispatchSemaphore(value: 0)

  /// Whether `set` was called.
  var isSet: Bool { stopped.load(ordering: .acquiring) }

  /// Ends all pauses, present and future.
  func set() {
    stopped.store(true, ordering: .releasing)
    wakeUp.signal()
  }

  /// Waits for `duration`, or until the signal is set.
  func pause(for duration: Duration) {
    guard !isSet else { return }
    if wakeUp.wait(timeout: .now() + .milliseconds(Int(duration.milliseconds))) == .success {
      wakeUp.signal()  // for the next one who waits
    }
  }
}
