internal import Dispatch
internal import Foundation

/// A thread for calls that block, which have no place on the cooperative pool or on Dispatch's queues.
final class WorkerThread: Sendable {
  private let running = DispatchGroup()

  /// Starts a thread that runs `body` once.
  init(name: String, _ body: @escaping @Sendable () -> Void) {
    running.enter()
    let thread = Thread { [running] in
      body()
      running.leave()
    }
    thread.name = name
    thread.start()
  }

  /// Waits until `body` returned, at most for `timeout`.
  /// - Returns: Whether it did.
  func join(timeout: Duration) -> Bool {
    running.wait(timeout: .now() + .milliseconds(Int(max(.zero, timeout).milliseconds))) == .success
  }

  /// Runs `body` on a thread of its own and waits for its value without blocking one of Swift's.
  static func run<Value: Sendable>(
    named name: String, _ body: @escaping @Sendable () -> Value
  ) async -> Value {
    await withCheckedContinuation { continuation in
      _ = WorkerThread(name: name) { continuation.resume(returning: body()) }
    }
  }
}
