import HTTPTypes
import Hummingbird
import Ingest
import WireProtocol

extension Problem {
  /// A parameter of the query that is not text.
  static func malformedParameter(_ name: String, _ detail: String) -> Problem {
    Problem(
      status: .badRequest, kind: .malformedParameter,
      detail: "The parameter \"\(name)\" is malformed. \(detail)",
      errors: [Fault(place: .parameter(name), detail: detail)])
  }

  /// A parameter of the query whose value is outside what is allowed.
  static func badParameter(_ name: String, _ detail: String) -> Problem {
    Problem(
      status: .unprocessableContent, kind: .badParameter,
      detail: "The parameter \"\(name)\" is wrong. \(detail)",
      errors: [Fault(place: .parameter(name), detail: detail)])
  }

  /// No route has this path.
  static func notFound(path: String) -> Problem {
    Problem(status: .notFound, kind: nil, detail: "There is nothing at \(path). GET / lists what there is.")
  }

  /// No stored event has the key that the path names.
  static let noSuchEvent = Problem(
    status: .notFound, kind: nil, detail: "No event with this topic and event id is stored.")

  /// The path exists, the method does not.
  static func methodNotAllowed(_ method: HTTPRequest.Method, allow: String) -> Problem {
    Problem(
      status: .methodNotAllowed, kind: nil,
      detail: "This takes \(allow), not \(method.rawValue).",
      headers: [.allow: allow])
  }

  /// A method that HTTP does not have.
  static let unknownMethod = Problem(
    status: .notImplemented, kind: nil, detail: "This server does not know the method.")

  /// The client accepts nothing that this resource can be.
  static func notAcceptable(offers: [ContentType]) -> Problem {
    let names = offers.map(\.rawValue).joined(separator: ", ")
    return Problem(status: .notAcceptable, kind: nil, detail: "This is available as: \(names).")
  }

  /// The store did not answer a query.
  static func store(_ error: QueryError) -> Problem {
    guard error.isTransient else {
      return Problem(
        status: .internalServerError, kind: nil, detail: "The store refused a query; the log says why.")
    }
    return Problem(
      status: .serviceUnavailable, kind: .storeUnavailable,
      detail: "The database does not answer (\(error.description)). Try again.",
      headers: [.retryAfter: "1"])
  }

  /// Answers that other clients have not taken yet hold all the memory there is for them.
  static let tooManyAnswers = Problem(
    status: .serviceUnavailable, kind: nil,
    detail: "Too many large answers are under way. Try again, or ask for fewer at a time.",
    headers: [.retryAfter: "1"])

  /// As many subscribe to the tail as may.
  static let tooManySubscribers = Problem(
    status: .serviceUnavailable, kind: nil,
    detail: "As many subscribe to this server as may (tail.subscribers). Try again later, or another server.",
    headers: [.retryAfter: "5"])

  /// A place in the tail that nobody can go on from.
  static func gone(_ ending: TailEnding) -> Problem {
    Problem(
      status: .gone, kind: .tailGone, detail: ending.sentence,
      errors: [Fault(place: .field("Last-Event-ID"), detail: ending.sentence)])
  }

  /// A failure of this server.
  static let internalFailure = Problem(
    status: .internalServerError, kind: nil, detail: "The server failed; its log says how.")
}
