import Foundation
import Synchronization

/// The program of one producer: started again whenever it is killed, until it has settled everything.
final class LaneActor: Sendable {
  private struct State {
    var child: ChildProcess?
    var kills = 0
    var isDone = false
    var failures = 0
  }

  let lane: Int
  private let program: String
  private let arguments: [String]
  private let log: String
  private let state = Mutex(State())

  init(lane: Int, program: String, arguments: [String], log: String) {
    self.lane = lane
    self.program = program
    self.arguments = arguments
    self.log = log
  }

  var kills: Int { state.withLock { $0.kills } }
  /// It ended by itself, with everything settled.
  var isDone: Bool { state.withLock { $0.isDone } }
  /// How often it ended by itself otherwise.
  var failures: Int { state.withLock { $0.failures } }

  func start() {
    Thread.detachNewThread { [self] in keepRunning() }
  }

  /// SIGKILL.
  func kill() {
    state.withLock { state in
      if state.child?.send(SIGKILL) == true { state.kills += 1 }
    }
  }

  /// Ends it, and starts no other.
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
      // One that fails at once must not do so a thousand times a second.
      if exit != .signal(SIGKILL) { Clock.sleep(.milliseconds(200)) }
    }
  }
}
