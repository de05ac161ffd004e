import NIOCore
import Principals
import Synchronization

/// The answers that are being sent to principals, so that a revocation can end them.
final class OpenAnswers: Sendable {
  private struct State {
    var last: UInt64 = 0
    var answers: [UInt64: (login: Login, channel: any Channel)] = [:]
  }

  private let state = Mutex(State())

  /// Adds an answer.
  /// - Returns: The number for `end`.
  func begin(_ login: Login, on channel: any Channel) -> UInt64 {
    state.withLock { state in
      state.last += 1
      state.answers[state.last] = (login, channel)
      return state.last
    }
  }

  /// Removes an answer that was sent.
  func end(_ number: UInt64) {
    state.withLock { state in
      let removed = state.answers.removeValue(forKey: number)
      assert(removed != nil, "an answer ends exactly once")
    }
  }

  /// Closes the connections of the answers whose login satisfies the condition.
  func close(where isRevoked: (Login) -> Bool) {
    let open = state.withLock { Array($0.answers.values) }
    for (login, channel) in open where isRevoked(login) { channel.closeAtOnce() }
  }
}
