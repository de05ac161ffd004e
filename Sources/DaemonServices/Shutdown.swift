internal import ServiceLifecycle

enum Shutdown {
  /// Returns when the service is to end, whether it is asked to or its task is cancelled because another
  /// part failed: both end in the same order.
  static func requested() async {
    do {
      try await gracefulShutdown()
    } catch {
      // Cancelled.
    }
  }
}
