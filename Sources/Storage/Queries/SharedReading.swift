internal import Ingest
internal import StoreInterface

/// Reads a value once at a time, however many callers ask for it.
///
/// A caller that asks while a reading runs gets the result of the next one, together with all others who
/// wait. The next reading begins after the call, so an answer is never older than its call.
actor SharedReading<Value: Sendable> {
  private let read: @Sendable () async -> Result<Value, QueryError>
  private var running: Task<Result<Value, QueryError>, Never>?
  private var next: Task<Result<Value, QueryError>, Never>?
  /// Number of callers that wait for a result.
  private(set) var waiting = 0

  init(_ read: @escaping @Sendable () async -> Result<Value, QueryError>) {
    self.read = read
  }

  /// Returns a value that was read after this call.
  /// - Throws: `QueryError` when the database cannot answer.
  func value() async throws(QueryError) -> Value {
    let task = next ?? enqueue()
    waiting += 1
    defer { waiting -= 1 }
    return try await task.value.get()
  }

  private func enqueue() -> Task<Result<Value, QueryError>, Never> {
    precondition(next == nil, "those who come meanwhile share the next reading")
    let before = running
    let task = Task {
      _ = await before?.value
      begin()
      return await read()
    }
    next = task
    return task
  }

  /// Makes the next reading the running one. Callers from now on need a later one.
  private func begin() {
    precondition(next != nil, "only the next reading begins")
    running = next
    next = nil
  }
}
