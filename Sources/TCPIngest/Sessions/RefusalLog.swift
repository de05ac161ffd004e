import Logging
import Synchronization

/// Logs what was refused, with its reason, but not more lines a second than a person can read: a client that
/// is refused in a loop must not fill the disk.
final class RefusalLog: Sendable {
  private struct State {
    var second: ContinuousClock.Instant?
    var lines = 0
    var suppressed = 0
  }

  static let linesPerSecond = 20

  private let logger: Logger
  private let state = Mutex(State())

  init(_ logger: Logger) {
    self.logger = logger
  }

  /// Logs one refusal. The first line after a pause says how many were left out.
  func log(_ message: Logger.Message, at now: ContinuousClock.Instant, _ metadata: () -> Logger.Metadata) {
    guard let suppressed = admit(at: now) else { return }
    var metadata = metadata()
    if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
    logger.info(message, metadata: metadata)
  }

  /// - Returns: how many lines were left out before this one; nil when this one is left out, too.
  func admit(at now: ContinuousClock.Instant) -> Int? {
    state.withLock { state in
      if let second = state.second, now - second < .seconds(1) {
        guard state.lines < Self.linesPerSecond else {
          state.suppressed += 1
          return nil
        }
      } else {
        state.second = now
        state.lines = 0
      }
      state.lines += 1
      defer { state.suppressed = 0 }
      return state.suppressed
    }
  }
}
