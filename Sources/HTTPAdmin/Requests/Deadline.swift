/// Bounds of time for what waits on others.
enum Deadline {
  /// What `body` returns, or nil when it took longer than `limit`; it is cancelled then, and awaited.
  static func within<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async -> Value
  ) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
      group.addTask { await body() }
      group.addTask {
        // Ends early only when `body` was first, and then its nil is not looked at.
        try? await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }
}
