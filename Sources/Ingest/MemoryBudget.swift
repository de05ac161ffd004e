import Synchronization

/// The bytes that bodies being received, queued batches and groups in the making may take together
/// (`ingest.memory`).
///
/// What can not be had at once is granted in order of asking, so that a large request is not
/// starved by small ones. Bytes are counted, not allocated: whoever reserved must release as many.
public final class MemoryBudget: Sendable {
  private struct Request {
    let bytes: Int
    let granted: @Sendable () -> Void
  }

  private struct State {
    var reserved = 0
    var requests: [Request] = []
  }

  /// Bytes in all.
  public let limit: Int
  private let state = Mutex(State())

  /// A budget of `limit` bytes, none of them reserved.
  public init(limit: Int) {
    precondition(limit >= 1, "a budget of nothing never grants anything")
    self.limit = limit
  }

  /// Bytes reserved now.
  public var reserved: Int { state.withLock { $0.reserved } }

  /// Reserves `bytes` if they are to be had at once, and nobody waits for some.
  /// - Returns: false, with nothing reserved, when they are not.
  public func reserve(_ bytes: Int) -> Bool {
    precondition(bytes >= 0)
    return state.withLock { state in
      guard state.requests.isEmpty, fits(bytes, in: state) else { return false }
      state.reserved += bytes
      return true
    }
  }

  /// Reserves `bytes` as soon as they are to be had, and then calls `granted` once.
  ///
  /// It is called on the thread that released, or on this one before `whenAvailable` returns; it must
  /// return at once. Who has lost interest by then releases the bytes there.
  public func whenAvailable(_ bytes: Int, _ granted: @escaping @Sendable () -> Void) {
    precondition(bytes >= 0)
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

  /// Gives back `bytes` that were reserved.
  public func release(_ bytes: Int) {
    precondition(bytes >= 0)
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
    guard count > 0 else { return [] }
    let granted = state.requests.prefix(count)
    state.requests.removeFirst(count)
    return granted
  }

  /// More than the whole budget is granted when nothing else is reserved: it would wait for ever
  /// otherwise. A configuration in which that can happen is refused at start-up.
  private func fits(_ bytes: Int, in state: State) -> Bool {
    bytes <= limit - state.reserved || state.reserved == 0
  }
}

/// Bytes of a `MemoryBudget` that are given back when the last reference is dropped, for memory whose
/// end nobody announces: a batch that a queue, a writer and an observer share.
public final class MemoryReservation: Sendable {
  private let bytes: Int
  private let budget: MemoryBudget

  /// Takes over `bytes` that were reserved in `budget`.
  public init(adopting bytes: Int, of budget: MemoryBudget) {
    self.bytes = bytes
    self.budget = budget
  }

  deinit {
    budget.release(bytes)
  }
}
