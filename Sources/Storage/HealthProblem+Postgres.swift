internal import Ingest
internal import PostgresClient

extension HealthProblem.Kind {
  /// Kind of the problem when an error occurs again and again.
  init(_ error: PostgresError) {
    switch RetryPolicy.decision(on: error) {
    case .reconnect: self = .unreachable
    case .contended: self = error.state == "57014" ? .cancelled : .contended
    case .blocked: self = .blocked
    case .refused: self = .rejected
    case .wait: self = .refusing
    }
  }
}

extension PostgresError {
  /// The error as one line for people. Its details are left out, because they may quote an event.
  var problemReason: String { state == .none ? message : "\(message) (SQLSTATE \(state))" }
}
