import Synchronization

/// The memory for bodies that are being received, queued batches, and groups that are being written
/// (`ingest.memory`).
///
/// Requests that cannot be granted at once are granted in their order, so that small requests cannot starve a
/// large one. Bytes are counted, not allocated: each reservation must be released with the same number.
public final class MemoryBudget: Sendable {
  private struct Request {
    let bytes: Int
    let granted: @Sendable () -> Void
  }

  private struct State {
    var reserved = 0
    var requests: [Request] = []
  }

  /// Maximum bytes.
  public let limit: Int
  private let state = Mutex(State())

  /// Creates a budget of `limit` bytes.
  public init(limit: Int) {
    precondition(limit >= 1, "a budget needs at least one byte")
    self.limit = limit
  }

  /// Bytes that are reserved now.
  public var reserved: Int { state.withLock { $0.reserved } }

  /// Reserves `bytes` if they are free and no earlier request waits.
  /// - Returns: false, with nothing reserved, otherwise.
  public func reserve(_ bytes: Int) -> Bool {
    precondition(bytes >= 0, "a reservation cannot be negative")
    return state.withLock { state in
      guard state.requests.isEmpty, fits(bytes, in: state) else { return false }
      state.reserved += bytes
      return true
    }
  }

  /// Reserves `bytes` as soon as they are free, and then calls `granted` once.
  ///
  /// `granted` runs on the thread that released the bytes, or on this thread before `whenAvailable` returns.
  /// It must return at once. A caller that no longer needs the bytes releases them in `granted`.
  public func whenAvailable(_ bytes: Int, _ granted: @escaping @Sendable () -> Void) {
    precondition(bytes >= 0, "a reservation cannot be negative")
    let isGranted = state.withLock { state in
      guard state.requests.isEmpty, fits(bytes, in: state) else {
        state.requests.append(Request(bytes: bytes, granted: granted))
        return false
      }
      state.reserved += bytes
      return true
    }
    if isGranted { granted() }
  }

  /// Releases `bytes` that were reserved.
  public func release(_ bytes: Int) {
    precondition(bytes >= 0, "a release cannot be negative")
    let granted = state.withLock { state in
      precondition(bytes <= state.reserved, "more released than reserved")
      state.reserved -= bytes
      return grantRequests(in: &state)
    }
    for request in granted { request.granted() }
  }

  private func grantRequests(in state: inout State) -> ArraySlice<Request> {
    var count = 0
    while count < state.requests.count, fits(state.requests[count].bytes, in: state) {
      state.reserved += state.requests[count].bytes
      count += 1
    }
    assert(state.reserved >= 0, "a budget cannot be negative")
    guard count > 0 else { return [] }
    let granted = state.requests.prefix(count)
    state.requests.removeFirst(count)
    return granted
  }

  /// Whether `bytes` can be granted. A request above the whole budget is granted when nothing else is
  /// reserved, because otherwise it would wait for ever. The configuration check at start-up excludes such
  /// requests.
  private func fits(_ bytes: Int, in state: State) -> Bool {
    bytes <= limit - state.reserved || state.reserved == 0
  }
}

/// Bytes of a `MemoryBudget` that are released when the last reference is dropped, for memory whose owners
/// share it: a batch is shared by a queue, a writer and an observer.
public final class MemoryReservation: Sendable {
  private let bytes: Int
  private let budget: MemoryBudget

  /// Adopts `bytes` that were reserved in `budget`.
  public init(adopting bytes: Int, of budget: MemoryBudget) {
    self.bytes = bytes
    self.budget = budget
  }

  deinit {
    budget.release(bytes)
  }
}
