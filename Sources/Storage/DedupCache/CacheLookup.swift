internal import Base
internal import Dispatch
internal import Ingest
internal import Synchronization

/// Result of looking up the events of a group in the dedup cache.
struct CacheLookup {
  /// Decision about one event.
  enum Decision: UInt8, Sendable {
    /// The event is sent to the database, which decides.
    case send
    /// An earlier event of the group has the same key.
    case repeated
    /// The key was committed and has not been deleted since.
    case stored
    /// A group that another writer is committing has the key. The event is a duplicate if that group commits.
    case awaited
  }

  /// The attempt that this lookup began.
  let pass: InFlightGroup
  /// The incarnation of the database that the attempt commits in.
  let incarnation: StoreIncarnation
  /// One decision for each event.
  let decisions: [Decision]
  /// Generation of the cache at the time of the lookup. The decisions are valid while the cache has this
  /// generation.
  let generation: UInt64
  /// Purge generation of the database that the cached keys are valid in; nil when the cache has none.
  let purge: Int64?
  /// The groups that `awaited` events wait for.
  let awaited: [InFlightGroup]

  /// Whether an event is left out because of a key in the cache or in a group that another writer is
  /// committing.
  var leavesOut: Bool { decisions.contains { $0 == .stored || $0 == .awaited } }
}

/// One attempt of a writer to commit a group. Other writers wait for its outcome.
final class InFlightGroup: Sendable {
  private let outcome = Mutex<Bool?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// Sets the outcome and wakes the writers that wait for it. Called once.
  func end(committed: Bool) {
    outcome.withLock { outcome in
      precondition(outcome == nil, "an attempt ends once")
      outcome = committed
    }
    ended.signal()
  }

  /// Waits until the attempt has ended.
  /// - Returns: Whether the group was committed; nil when `limit` passed before the attempt ended.
  func isCommitted(within limit: Duration) -> Bool? {
    precondition(limit >= .zero, "a wait has a limit")
    if ended.wait(timeout: .now() + .milliseconds(Int(limit.wholeMilliseconds))) == .success {
      ended.signal()  // for the next waiting writer
    }
    return outcome.withLock { $0 }
  }
}
