/// Time limits for asynchronous calls.
enum Deadline {
  /// Returns the result of `body`; nil after `limit`. Then `body` is cancelled, and its end is awaited.
  static func within<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async -> Value
  ) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
      group.addTask { await body() }
      group.addTask {
        // The sleep ends early only when `body` has returned; then this nil is not used.
        try? await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  /// Returns the result of `body`; nil after `limit`. Then `body` is cancelled, and its end is not awaited.
  static func reached<Value: Sendable>(
    within limit: Duration, _ body: @escaping @Sendable () async -> Value
  ) async -> Value? {
    let (firsts, first) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
    let work = Task { first.yield(await body()) }
    let timer = Task {
      // The sleep ends early only when `body` has returned; then this nil is not used.
      try? await Task.sleep(for: limit)
      first.yield(nil)
    }
    defer {
      work.cancel()
      timer.cancel()
    }
    return await firsts.first { _ in true } ?? nil
  }
}
