internal import Dispatch
internal import Ingest
internal import Synchronization

/// The queries that wait, in order, at most so many.
final class QueryLine: Sendable {
  private struct State {
    var jobs: [QueryJob] = []
    var isClosed = false
  }

  private let limit: Int
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  /// A line for at most `limit` queries.
  init(limit: Int) {
    precondition(limit >= 1, "a line in which nobody can wait")
    self.limit = limit
  }

  /// How many wait.
  var count: Int { state.withLock { $0.jobs.count } }

  /// Adds a query at the end, or in front of all when it is urgent; refuses it when the line is full.
  func append(_ job: QueryJob, isUrgent: Bool) {
    let refusal = state.withLock { state -> QueryError? in
      guard !state.isClosed else { return .closed }
      guard state.jobs.count < limit else { return .crowded }
      state.jobs.insert(job, at: isUrgent ? 0 : state.jobs.count)
      return nil
    }
    if let refusal { return job.refuse(refusal) }
    arrivals.signal()
  }

  /// Takes back a query that still waits; one that runs goes on.
  func withdraw(_ id: UInt64) {
    let job = state.withLock { state in
      state.jobs.firstIndex { $0.id == id }.map { state.jobs.remove(at: $0) }
    }
    job?.refuse(.cancelled)
  }

  /// The next query, for which the calling thread waits; nil when the line is closed.
  ///
  /// Queries that waited for too long are refused on the way.
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
        // For the next thread that waits.
        arrivals.signal()
        return nil
      }
    }
  }

  /// Refuses those who wait, and ends the threads.
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
