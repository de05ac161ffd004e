internal import Dispatch
internal import Synchronization

/// One attempt of a writer to commit a group, for other writers that wait for how it ends.
final class GroupPass: Sendable {
  private let outcome = Mutex<Bool?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// Says how it ended, once.
  func end(committed: Bool) {
    outcome.withLock { $0 = committed }
    ended.signal()
  }

  /// Waits for the end.
  /// - Returns: Whether the group was committed; nil when `limit` passed.
  func isCommitted(within limit: Duration) -> Bool? {
    if ended.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds))) == .success {
      ended.signal()  // for the next one who waits
    }
    return outcome.withLock { $0 }
  }
}
