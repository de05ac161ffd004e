internal import Dispatch
internal import Ingest
internal import StoreInterface
internal import Synchronization

/// Queries that wait for a thread, in order, at most `limit`.
final class QueryQueue: Sendable {
  private struct State {
    var jobs: [QueryJob] = []
    var isClosed = false
  }

  private let limit: Int
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  /// Creates a queue for at most `limit` queries.
  init(limit: Int) {
    precondition(limit >= 1, "a queue needs room for a query")
    self.limit = limit
  }

  /// Number of queries that wait.
  var count: Int { state.withLock { $0.jobs.count } }

  /// Adds a query at the end, or before all others when it is urgent. Refuses it when the queue is full or
  /// closed.
  func append(_ job: QueryJob, isUrgent: Bool) {
    let refusal = state.withLock { state -> QueryError? in
      guard !state.isClosed else { return .closed }
      guard state.jobs.count < limit else { return .crowded }
      state.jobs.insert(job, at: isUrgent ? 0 : state.jobs.count)
      assert(state.jobs.count <= limit, "the queue is bounded")
      return nil
    }
    if let refusal { return job.refuse(refusal) }
    arrivals.signal()
  }

  /// Withdraws and refuses a query that still waits; without effect on a query that runs.
  func withdraw(_ id: UInt64) {
    let job = state.withLock { state in
      state.jobs.firstIndex { $0.id == id }.map { state.jobs.remove(at: $0) }
    }
    job?.refuse(.cancelled)
  }

  /// Returns the next query; waits until there is one. Returns nil when the queue is closed.
  ///
  /// Queries that waited for too long are refused here.
  func next() -> QueryJob? {
    while true {
      arrivals.wait()
      let (job, isClosed) = state.withLock { state in
        (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isClosed)
      }
      if let job {
        if job.deadline > .now { return job }
        job.refuse(.waitedTooLong)
      } else if isClosed {
        // Wakes the next thread that waits.
        arrivals.signal()
        return nil
      }
    }
  }

  /// Refuses waiting queries, and ends the threads.
  func close() {
    let jobs = state.withLock { state in
      state.isClosed = true
      defer { state.jobs = [] }
      return state.jobs
    }
    arrivals.signal()
    jobs.forEach { $0.refuse(.closed) }
  }
}

/// A query that waits for a thread.
struct QueryJob: Sendable {
  /// Number that identifies the query.
  let id: UInt64
  /// Instant until which the query may wait.
  let deadline: ContinuousClock.Instant
  /// Runs the query. Either this or `refuse` is called, once.
  let run: @Sendable (inout QueryLink) -> Void
  /// Answers the query without running it.
  let refuse: @Sendable (QueryError) -> Void
}
