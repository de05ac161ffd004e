import Ingest
import Logging
import SocketIO
import Synchronization
import WireProtocol

/// Logs refusals with their reasons, at most `linesPerSecond`: a client that is refused in a loop must not
/// fill the disk.
final class RefusalLog: Sendable {
  /// Kind of refusal. The raw value is its text in the log.
  enum Refusal: String {
    case batch = "refused a batch"
    case connection = "ended a connection"
    case unknownProtocol = "rejected a client of another protocol"
  }

  private struct State {
    var second: ContinuousClock.Instant?
    var lines = 0
    var suppressed = 0
  }

  /// Lines beyond this number in one second are counted, and not logged.
  static let linesPerSecond = 20

  private let logger: Logger
  private let state = Mutex(State())

  init(_ logger: Logger) {
    self.logger = logger
  }

  /// Logs one refusal. The first line after suppressed ones says how many they were.
  func log(
    _ refusal: Refusal, _ peer: SocketAddress?, _ producer: ProducerID?, _ error: WireError?,
    at now: ContinuousClock.Instant
  ) {
    guard let suppressed = admit(at: now) else { return }
    // The address is the system's text; the error may contain text of the peer.
    var metadata: Logger.Metadata = ["peer": "\(peer?.description ?? "-")"]
    if let producer { metadata["producer"] = "\(producer)" }
    if let error {
      metadata["error.code"] = "\(error.code.name)"
      metadata["error"] = "\(PeerText.printable(error.message))"
    }
    if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
    logger.info("\(refusal.rawValue)", metadata: metadata)
  }

  /// - Returns: the number of lines suppressed before this one; nil when this one is suppressed, too.
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
