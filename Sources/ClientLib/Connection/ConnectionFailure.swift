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

  /// In words, for people.
  var description: String {
    switch self {
    case .socket(let error): "\(error)"
    case .reported(let report): "\(report.error)"
    case .ended: "the server closed the connection"
    case .saidGoodbye: "the server is about to stop"
    }
  }
}
