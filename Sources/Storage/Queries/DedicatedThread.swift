internal import Glibc

/// A thread of its own for work that blocks, as every call of libpq does. Neither Dispatch nor Swift's
/// cooperative pool has threads to spare for that.
enum DedicatedThread {
  /// Runs `body` on a new thread, which ends with it.
  /// - Returns: False when the system has no thread left, and `body` will not run.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, work.toOpaque())
    guard status == 0 else {
      work.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  /// What a new thread takes over from the one that started it.
  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }
}
