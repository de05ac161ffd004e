internal import Ingest
internal import Synchronization

/// A few threads that read from the database, and a bounded line in front of them.
///
/// libpq blocks, so it runs on threads of its own, and those who ask only suspend.
final class QueryPool: Sendable {
  private let line: QueryLine
  private let patience: Duration
  private let lastID = Atomic<UInt64>(0)

  /// Starts the threads. They end with `close`, or with this object.
  init(_ connection: ConnectionSettings, _ settings: QuerySettings) {
    precondition(settings.threads >= 1, "queries without a thread would wait for ever")
    var bounded = connection
    bounded.connectTimeout = .seconds(2)
    bounded.lockTimeout = settings.statementTimeout
    bounded.statementTimeout = settings.statementTimeout
    bounded.answerTimeout = settings.statementTimeout + .seconds(1)
    self.line = QueryLine(limit: settings.waiting)
    self.patience = settings.patience
    for index in 0..<settings.threads {
      _ = WorkerThread(name: "sluice-query-\(index)") { [line, bounded] in
        var link = QueryLink(bounded)
        while let job = line.next() { job.run(&link) }
      }
    }
  }

  deinit {
    line.close()
  }

  /// Runs `body` on one of the threads.
  ///
  /// A task that is cancelled takes its query out of the line; one that runs ends by itself.
  /// - Parameter isUrgent: In front of all others.
  func run<Value: Sendable>(
    isUrgent: Bool = false,
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresError) -> Value
  ) async throws(QueryError) -> Value {
    let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, QueryError>, Never>) in
        let job = QueryJob(id: id, deadline: .now + patience) { link in
          continuation.resume(returning: Self.outcome(of: body, over: &link))
        } refuse: { error in
          continuation.resume(returning: .failure(error))
        }
        line.append(job, isUrgent: isUrgent)
        // A cancellation that came before the query was in the line found nothing to take back.
        if Task.isCancelled { line.withdraw(id) }
      }
    } onCancel: {
      line.withdraw(id)
    }
    return try result.get()
  }

  /// Queries in the line.
  var waitingCount: Int { line.count }

  /// Refuses those who wait and ends the threads, each after the query that it runs.
  func close() {
    line.close()
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
