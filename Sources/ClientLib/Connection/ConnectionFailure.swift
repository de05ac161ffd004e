import SocketIO
import WireProtocol

/// How a connection, or the attempt to make one, came to its end.
enum ConnectionFailure {
  /// The system said why.
  case socket(SocketError)
  /// An ERROR of the server, or this side's judgement of what it sent.
  case reported(ErrorFrame)
  /// The server closed without a word.
  case ended
  /// The server said goodbye.
  case saidGoodbye

  /// In words, for people, where `place` is the endpoint.
  func text(at place: String) -> String {
    switch self {
    case .socket(let error): "\(error)"
    case .reported(let report): "\(place): \(report.error)"
    case .ended: "\(place) closed the connection"
    case .saidGoodbye: "\(place) is about to stop"
    }
  }
}
