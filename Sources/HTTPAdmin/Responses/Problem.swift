import HTTPTypes
import Hummingbird
import Ingest
internal import StoreInterface
import WireProtocol

/// An error as the client sees it: a problem document (RFC 9457) with its status.
struct Problem: Error, Hashable {
  /// One error in a request.
  struct Fault: Hashable {
    /// The place of the error.
    enum Place: Hashable {
      /// A parameter of the query.
      case parameter(String)
      /// A field of the header.
      case field(String)
      /// A value in the body, as a JSON pointer (RFC 6901).
      case pointer(String)
    }
    let place: Place
    /// The error, and the correct form.
    let detail: String
    /// The line of the body, from 1; nil when the body has no lines.
    var line: Int?
  }

  let status: HTTPResponse.Status
  /// The kind, for programs; nil when the status is specific enough.
  let kind: Kind?
  /// A sentence about the error and what to do.
  let detail: String
  /// The errors by place; empty when there are none.
  var errors: [Fault] = []
  /// Further header fields of the answer, such as Allow or Retry-After.
  var headers: HTTPFields = [:]

  /// Kinds of problems, with the last part of their `type` URI.
  enum Kind: String, CaseIterable {
    case malformedParameter = "malformed-parameter"
    case badParameter = "bad-parameter"
    case badField = "bad-field"
    case storeUnavailable = "store-unavailable"
    case malformedJSON = "malformed-json"
    case badCompression = "bad-compression"
    case malformedBody = "malformed-body"
    case badEvent = "bad-event"
    case batchTooLarge = "batch-too-large"
    case queueFull = "queue-full"
    case draining
    case notCommittedYet = "not-committed-yet"
    case idempotencyKeyReused = "idempotency-key-reused"
    case tailGone = "tail-gone"
    case confirmationDiffers = "confirmation-differs"
    case alreadyRepublished = "already-republished"
    case notHTTP = "not-http"
    case badRequestLine = "bad-request-line"
    case bareLineFeed = "bare-line-feed"
    case spaceBeforeColon = "space-before-colon"
    case badFieldLine = "bad-field-line"
    case endsEarly = "ends-early"
    case badContentLength = "bad-content-length"
    case badChunk = "bad-chunk"
    case badHost = "bad-host"
    case foreignHost = "foreign-host"
    case tooManyConnections = "too-many-connections"
    case unauthenticated
    case tooManyWrongKeys = "too-many-wrong-keys"
    case keyInClearText = "key-in-clear-text"
    case roleMissing = "role-missing"
    case topicNotAllowed = "topic-not-allowed"
    case quotaUsedUp = "quota-used-up"
    case foreignOrigin = "foreign-origin"
    case plainRequest = "plain-request"

    /// The value of `type`. It is a URN, because a private deployment has no lasting web address.
    var type: String { "urn:sluice:problem:" + rawValue }

    /// The value of `title`, the same for all problems of a kind.
    var title: String {
      switch self {
      case .malformedParameter: "A parameter cannot be decoded"
      case .badParameter: "A parameter has a value that is not allowed"
      case .badField: "A header field has a value that is not allowed"
      case .storeUnavailable: "The database cannot be reached"
      case .malformedJSON: "The body is not JSON"
      case .badCompression: "The body cannot be expanded"
      case .malformedBody: "The body does not have its form"
      case .badEvent: "An event cannot be stored"
      case .batchTooLarge: "Too many events for one request"
      case .queueFull: "The queue is full"
      case .draining: "The server is shutting down"
      case .notCommittedYet: "The events are not committed yet"
      case .idempotencyKeyReused: "The idempotency key was used for other events"
      case .tailGone: "The stream cannot continue from there"
      case .confirmationDiffers: "The number of events is another one"
      case .alreadyRepublished: "The event was published again before"
      case .notHTTP: "The bytes are not an HTTP request"
      case .badRequestLine: "The request line is malformed"
      case .bareLineFeed: "A line ends with a bare line feed"
      case .spaceBeforeColon: "A header field has a space before its colon"
      case .badFieldLine: "A line of the header is not a field"
      case .endsEarly: "The request ends early"
      case .badContentLength: "The length of the body is wrong"
      case .badChunk: "A chunk of the body is malformed"
      case .badHost: "The host is missing or ambiguous"
      case .foreignHost: "The host is not this server"
      case .tooManyConnections: "All connections are busy"
      case .unauthenticated: "A valid key is needed"
      case .tooManyWrongKeys: "Too many wrong keys"
      case .keyInClearText: "A key was sent without encryption"
      case .roleMissing: "The key may not do this"
      case .topicNotAllowed: "The key may not publish this topic"
      case .quotaUsedUp: "The quota of the key is used up"
      case .foreignOrigin: "The request comes from another site"
      case .plainRequest: "This port speaks TLS"
      }
    }
  }
}

extension Problem: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", kind?.type ?? "about:blank")
      writer.member("title", kind?.title ?? status.reasonPhrase)
      writer.member("status", status.code)
      writer.member("detail", detail)
      if !errors.isEmpty { writer.member("errors", errors) }
    }
  }
}

extension Problem.Fault: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch place {
      case .parameter(let name): writer.member("parameter", name)
      case .field(let name): writer.member("header", name)
      case .pointer(let pointer): writer.member("pointer", pointer)
      }
      if let line { writer.member("line", line) }
      writer.member("detail", detail)
    }
  }
}

extension Problem {
  /// A parameter that cannot be decoded.
  static func malformedParameter(_ name: String, _ detail: String) -> Problem {
    Problem(
      status: .badRequest, kind: .malformedParameter,
      detail: "The parameter \"\(name)\" is malformed. \(detail)",
      errors: [Fault(place: .parameter(name), detail: detail)])
  }

  /// A parameter whose value is not allowed.
  static func badParameter(_ name: String, _ detail: String) -> Problem {
    Problem(
      status: .unprocessableContent, kind: .badParameter,
      detail: "The parameter \"\(name)\" is wrong. \(detail)",
      errors: [Fault(place: .parameter(name), detail: detail)])
  }

  /// A path without a route.
  static func notFound(path: String) -> Problem {
    Problem(status: .notFound, kind: nil, detail: "There is nothing at \(path). GET / lists all paths.")
  }

  /// A key without a stored event.
  static let noSuchEvent = Problem(
    status: .notFound, kind: nil, detail: "No event with this topic and event id is stored.")

  /// A method that the path does not have.
  static func methodNotAllowed(_ method: HTTPRequest.Method, allow: String) -> Problem {
    Problem(
      status: .methodNotAllowed, kind: nil,
      detail: "This path takes \(allow), not \(method.rawValue).",
      headers: [.allow: allow])
  }

  /// A method that HTTP does not define.
  static let unknownMethod = Problem(
    status: .notImplemented, kind: nil, detail: "This server does not know the method.")

  /// An `Accept` field that excludes all types of the resource.
  static func notAcceptable(offers: [ContentType]) -> Problem {
    let names = offers.map(\.rawValue).joined(separator: ", ")
    return Problem(status: .notAcceptable, kind: nil, detail: "This is available as: \(names).")
  }

  /// A query that the store did not answer.
  static func store(_ error: QueryError) -> Problem {
    guard error.isTransient else {
      return Problem(
        status: .internalServerError, kind: nil, detail: "The store refused a query; the log has the reason.")
    }
    return Problem(
      status: .serviceUnavailable, kind: .storeUnavailable,
      detail: "The database does not answer (\(error.description)). Try again.",
      headers: [.retryAfter: "1"])
  }

  /// Answers that clients have not read yet use all memory for pages.
  static let tooManyAnswers = Problem(
    status: .serviceUnavailable, kind: nil,
    detail:
      "Answers that clients have not read use all memory for pages. Try again, or ask for smaller pages.",
    headers: [.retryAfter: "1"])

  /// All places for subscribers of the tail are taken.
  static let tooManySubscribers = Problem(
    status: .serviceUnavailable, kind: nil,
    detail:
      "This server has its maximum of subscribers (tail.subscribers). Try again later or use another one.",
    headers: [.retryAfter: "5"])

  /// A position in the tail from which the stream cannot continue.
  static func gone(_ ending: TailEnding) -> Problem {
    Problem(
      status: .gone, kind: .tailGone, detail: ending.sentence,
      errors: [Fault(place: .field("Last-Event-ID"), detail: ending.sentence)])
  }

  /// A failure of this server.
  static let internalFailure = Problem(
    status: .internalServerError, kind: nil, detail: "The server failed; its log has the reason.")
}
