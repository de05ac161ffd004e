internal import ServiceLifecycle

enum Shutdown {
  /// Returns when the service must end: a graceful shutdown was requested, or its task was cancelled because
  /// another part failed. Both end in the same order.
  static func requested() async {
    do {
      try await gracefulShutdown()
    } catch {
      // The task was cancelled.
    }
  }
}
