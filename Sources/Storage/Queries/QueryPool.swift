internal import Base
internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import Synchronization

/// A few threads that read from the database, fed by a bounded queue.
///
/// libpq blocks, so it runs on threads of its own, and callers only suspend.
final class QueryPool: Sendable {
  private let queue: QueryQueue
  private let timeout: Duration
  private let lastID = Atomic<UInt64>(0)

  /// Starts the threads. They end with `close`, or with this object.
  init(_ connection: ConnectionSettings, _ settings: QuerySettings, name: String = "sluice-query") {
    precondition(settings.threads >= 1, "queries without a thread would wait for ever")
    var bounded = connection
    bounded.connectTimeout = .seconds(2)
    bounded.lockTimeout = settings.statementTimeout
    bounded.statementTimeout = settings.statementTimeout
    bounded.answerTimeout = settings.statementTimeout + .seconds(1)
    self.queue = QueryQueue(limit: settings.waiting)
    self.timeout = settings.timeout
    for index in 0..<settings.threads {
      _ = WorkerThread(name: "\(name)-\(index)") { [queue, bounded] in
        var link = QueryLink(bounded)
        while let job = queue.next() { job.run(&link) }
      }
    }
  }

  deinit {
    queue.close()
  }

  /// Runs `body` on one of the threads.
  ///
  /// Cancelling the task withdraws a query that still waits. A query that runs ends by itself; the task
  /// returns at once, so that a server which stops does not wait for the query.
  /// - Parameter isUrgent: Puts the query before all others.
  func run<Value: Sendable>(
    isUrgent: Bool = false,
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresError) -> Value
  ) async throws(QueryError) -> Value {
    let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
    let answer = QueryAnswer<Value>()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, QueryError>, Never>) in
        answer.await(continuation)
        let job = QueryJob(id: id, deadline: .now + timeout) { link in
          answer.give(Self.outcome(of: body, over: &link))
        } refuse: { error in
          answer.give(.failure(error))
        }
        queue.append(job, isUrgent: isUrgent)
        // A cancellation before `append` found no query to withdraw.
        if Task.isCancelled { cancel(id, answer) }
      }
    } onCancel: {
      cancel(id, answer)
    }
    return try result.get()
  }

  private func cancel(_ id: UInt64, _ answer: QueryAnswer<some Sendable>) {
    queue.withdraw(id)
    answer.give(.failure(.cancelled))
  }

  /// Number of queries that wait.
  var waitingCount: Int { queue.count }

  /// Refuses waiting queries and ends the threads, each after the query that it runs.
  func close() {
    queue.close()
  }

  private static func outcome<Value>(
    of body: (PostgresConnection) throws(PostgresError) -> Value, over link: inout QueryLink
  ) -> Result<Value, QueryError> {
    do throws(PostgresError) {
      return .success(try link.run(body))
    } catch {
      return .failure(QueryError(error))
    }
  }
}

/// Answer to a query, given once: by the thread that ran the query, or by a cancellation.
private final class QueryAnswer<Value: Sendable>: Sendable {
  private let waiter = Mutex<CheckedContinuation<Result<Value, QueryError>, Never>?>(nil)

  /// Stores the task that waits for the answer.
  func await(_ continuation: CheckedContinuation<Result<Value, QueryError>, Never>) {
    waiter.withLock { waiter in
      precondition(waiter == nil, "an answer has one waiter")
      waiter = continuation
    }
  }

  /// Gives the answer; without effect if there was one already.
  func give(_ result: Result<Value, QueryError>) {
    let waiter = waiter.withLock { waiter in
      defer { waiter = nil }
      return waiter
    }
    waiter?.resume(returning: result)
  }
}
