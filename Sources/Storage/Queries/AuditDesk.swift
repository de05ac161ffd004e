internal import Ingest

/// Runs one audit at a time, however many ask for one: an audit reads every event.
///
/// Who asks while one runs gets the result of the next one, which begins after it was asked for, together
/// with all others who wait.
actor AuditDesk {
  private let audit: @Sendable () async -> Result<AuditReport, QueryError>
  private var running: Task<Result<AuditReport, QueryError>, Never>?
  private var next: Task<Result<AuditReport, QueryError>, Never>?

  init(_ audit: @escaping @Sendable () async -> Result<AuditReport, QueryError>) {
    self.audit = audit
  }

  /// A report on a snapshot that is no older than this call.
  /// - Throws: `QueryError` when the database can not answer.
  func report() async throws(QueryError) -> AuditReport {
    let task = next ?? enqueue()
    return try await task.value.get()
  }

  private func enqueue() -> Task<Result<AuditReport, QueryError>, Never> {
    let before = running
    let task = Task {
      _ = await before?.value
      begin()
      return await audit()
    }
    next = task
    return task
  }

  /// The one that was next begins to read: who comes from now on is too late for it.
  private func begin() {
    running = next
    next = nil
  }
}
