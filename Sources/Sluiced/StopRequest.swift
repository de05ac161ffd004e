import Foundation
import Synchronization
import UnixSignals

/// The handling of SIGTERM and SIGINT, and of SIGHUP when the terminal of the process is gone. The first signal requests
/// an orderly stop. The second signal ends the process as soon as the embedded Postgres is stopped, within seconds. The
/// third signal ends the process at once. SIGHUP counts as the first signal alone, because the kernel and the shell of a
/// closed terminal both send it, and a rotation of logs sends it again later.
final class StopRequest: Sendable {
  private struct State {
    var count = 0
    var since: ContinuousClock.Instant?
    var reaction: (@Sendable () -> Void)?
    var lastAct: (@Sendable () async -> String?)?
  }

  private let state = Mutex(State())
  private let isOrderly: Bool

  /// - Parameter isOrderly: Whether there is an orderly stop. If not, the first signal counts as the second.
  init(isOrderly: Bool = true) {
    self.isOrderly = isOrderly
  }

  /// The time of the first signal; nil before it.
  var since: ContinuousClock.Instant? { state.withLock { $0.since } }

  /// Installs the handling of signals, which is active when this function returns.
  ///
  /// SIGHUP of a person or of a service manager asks for files to be read again, so it ends nothing by itself.
  func listen() async {
    let terminal = Self.terminal
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    Task {
      for await signal in signals where signal != .sighup || Self.isGone(terminal) { received(signal) }
    }
  }

  /// The descriptor of the terminal of the process; nil when none of its outputs is one.
  private static var terminal: CInt? { [STDOUT_FILENO, STDERR_FILENO].first { isatty($0) == 1 } }

  /// Whether the terminal was closed, so that the person who started the process is not there any more.
  private static func isGone(_ terminal: CInt?) -> Bool {
    guard let terminal else { return false }
    var attributes = termios()
    return tcgetattr(terminal, &attributes) != 0 && errno == EIO
  }

  /// Calls `reaction` at the first signal, or at once if the first signal has already arrived. It replaces an
  /// earlier reaction.
  func react(_ reaction: @escaping @Sendable () -> Void) {
    let isRequested = state.withLock { state in
      state.reaction = reaction
      return state.since != nil
    }
    if isRequested { reaction() }
  }

  /// Runs `act` before a second signal ends the process. The line that `act` returns is the last line on
  /// standard error.
  func beforeHastyEnd(_ act: @escaping @Sendable () async -> String?) {
    state.withLock { $0.lastAct = act }
  }

  /// Returns at once if no second signal has arrived; otherwise never, because that signal ends the process
  /// with its own status.
  func leaveToHastyEnd() async {
    while state.withLock({ isHasty($0.count) }) { try? await Task.sleep(for: .seconds(1)) }
  }

  private func isHasty(_ count: Int) -> Bool { count > (isOrderly ? 1 : 0) }

  /// Counts a signal and acts on it.
  func received(_ signal: UnixSignal) {
    guard signal != .sighup || since == nil else { return }
    let (state, isSecond) = state.withLock { state in
      let wasHasty = isHasty(state.count)
      state.count += 1
      state.since = state.since ?? .now
      return (state, isHasty(state.count) && !wasHasty)
    }
    let status = 128 + (signal == .sigterm ? SIGTERM : signal == .sighup ? SIGHUP : SIGINT)
    guard isHasty(state.count) else {
      state.reaction?()
      return
    }
    guard let lastAct = state.lastAct else { _exit(status) }
    guard isSecond else {
      Output.say(
        "ended by another signal while the embedded PostgreSQL was being stopped; if it still runs, the next start"
          + " takes it over")
      _exit(status)
    }
    Task.detached {
      if let line = await lastAct() { Output.say(line) }
      _exit(status)
    }
  }
}
