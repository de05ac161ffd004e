import Foundation
import Synchronization

/// The program of one producer. It is started again each time it is killed, until it has settled everything.
final class WorkerActor: Sendable {
  private struct State {
    var child: ChildProcess?
    var kills = 0
    var isDone = false
    var failures = 0
  }

  let worker: Int
  private let program: String
  private let arguments: [String]
  private let log: String
  private let state = Mutex(State())

  init(worker: Int, program: String, arguments: [String], log: String) {
    self.worker = worker
    self.program = program
    self.arguments = arguments
    self.log = log
  }

  var kills: Int { state.withLock { $0.kills } }
  /// Whether the program ended by itself with everything settled, or was abandoned.
  var isDone: Bool { state.withLock { $0.isDone } }
  /// Number of times that the program ended with an error.
  var failures: Int { state.withLock { $0.failures } }

  func start() {
    Thread.detachNewThread { [self] in keepRunning() }
  }

  /// Sends SIGKILL. The program is started again.
  func kill() {
    state.withLock { state in
      if state.child?.send(SIGKILL) == true { state.kills += 1 }
    }
  }

  /// Kills the program and does not start it again.
  func abandon() {
    state.withLock { state in
      state.isDone = true
      _ = state.child?.send(SIGKILL)
    }
  }

  private func keepRunning() {
    while !isDone {
      guard let child = try? ChildProcess(program, arguments, log: log) else { return }
      state.withLock { $0.child = child }
      let exit = child.wait()
      state.withLock { state in
        state.child = nil
        if exit == .status(0) { state.isDone = true }
        if exit != .status(0), exit != .signal(SIGKILL) { state.failures += 1 }
      }
      // Limits the rate of restarts of a program that fails at once.
      if exit != .signal(SIGKILL) { Clock.sleep(.milliseconds(200)) }
    }
  }
}
