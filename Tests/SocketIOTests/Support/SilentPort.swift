import Glibc
import Testing

@testable import SocketIO

/// A port that does not answer: it listens, but its queue is full, so that the system drops what comes.
final class SilentPort: Sendable {
  private let port: ListeningPort
  private let fillers: [CInt]

  var address: SocketAddress { port.address }

  init() throws {
    port = try ListeningPort(backlog: 0)
    // A queue of length 0 takes one connection; the rest stay on their way.
    fillers = (0..<4).map { _ in socket(AF_INET, streamType, 0) }
    for filler in fillers {
      setNonBlocking(filler)
      _ = port.address.withSystemAddress { connect(filler, $0, $1) }
    }
  }

  deinit {
    for filler in fillers { close(filler) }
  }
}
