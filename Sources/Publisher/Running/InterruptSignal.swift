import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// SIGINT and SIGTERM of the user: the first ends the run after waiting for commits, the second ends the
/// program.
final class InterruptSignal: Sendable {
  private let count = Atomic(0)
  private let (interrupts, interrupt) = AsyncStream.makeStream(of: Void.self)

  /// Whether the run must end.
  var isSet: Bool { count.load(ordering: .relaxed) > 0 }

  /// Ends the run as a signal does.
  func set() {
    count.wrappingAdd(1, ordering: .relaxed)
    interrupt.finish()
  }

  /// Waits for the first signal or until the task is cancelled. Only one task may wait at a time.
  func wait() async {
    for await _ in interrupts {}
  }

  /// Handles SIGINT and SIGTERM while `body` runs.
  /// - Parameter stopped: called at the first signal.
  func whileListening<Result>(
    stopped: @escaping @Sendable () -> Void, _ body: () async throws -> Result
  ) async rethrows -> Result {
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { [self] in
        guard count.wrappingAdd(1, ordering: .relaxed).oldValue == 0 else {
          exit(PublishExitStatus.interrupted.rawValue)
        }
        self.interrupt.finish()
        stopped()
      }
      source.activate()
      return source
    }
    defer {
      for source in sources { source.cancel() }
      for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
    return try await body()
  }
}
