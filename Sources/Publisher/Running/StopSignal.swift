import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The user's wish to stop: the first interrupt ends a run in good order, the second ends the program.
final class StopSignal: Sendable {
  private let count = Atomic(0)

  /// Whether the run is to end.
  var isSet: Bool { count.load(ordering: .relaxed) > 0 }

  /// Stops as an interrupt does.
  func set() { count.wrappingAdd(1, ordering: .relaxed) }

  /// Listens for SIGINT and SIGTERM while `body` runs.
  /// - Parameter stopped: called at the first one.
  func whileListening<Result>(
    stopped: @escaping @Sendable () -> Void, _ body: () async throws -> Result
  ) async rethrows -> Result {
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { [self] in
        guard count.wrappingAdd(1, ordering: .relaxed).oldValue == 0 else {
          exit(ExitStatus.interrupted.rawValue)
        }
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
