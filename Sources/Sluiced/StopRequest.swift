import Glibc
import Synchronization
import UnixSignals

/// SIGTERM and SIGINT: the first asks for an orderly stop, the second ends the process at once.
final class StopRequest: Sendable {
  private struct State {
    var since: ContinuousClock.Instant?
    var reaction: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// When the first signal came; nil before.
  var since: ContinuousClock.Instant? { state.withLock { $0.since } }

  /// Catches signals from when it returns on.
  func listen() async {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    Task { for await signal in signals { received(signal) } }
  }

  /// Calls `reaction` at the first signal, in place of an earlier reaction; now, if it has come already.
  func react(_ reaction: @escaping @Sendable () -> Void) {
    let isRequested = state.withLock { state in
      state.reaction = reaction
      return state.since != nil
    }
    if isRequested { reaction() }
  }

  private func received(_ signal: UnixSignal) {
    let (isFirst, reaction) = state.withLock { state in
      defer { state.since = state.since ?? .now }
      return (state.since == nil, state.reaction)
    }
    guard isFirst else { _exit(128 + (signal == .sigterm ? SIGTERM : SIGINT)) }
    reaction?()
  }
}
