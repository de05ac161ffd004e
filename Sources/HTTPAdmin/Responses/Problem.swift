import HTTPTypes
import Hummingbird
import Ingest

/// An error as the client sees it: a problem document (RFC 9457) with its status.
struct Problem: Error, Hashable {
  /// One bad place of a request.
  struct Fault: Hashable {
    /// Where it is.
    enum Place: Hashable {
      /// A parameter of the query.
      case parameter(String)
      /// A field of the header.
      case field(String)
      /// A value in the body, as a JSON pointer (RFC 6901).
      case pointer(String)
    }
    let place: Place
    /// What is wrong there, and what would be right.
    let detail: String
  }

  let status: HTTPResponse.Status
  /// What kind it is, for programs; nil where the status says all of it.
  let kind: Kind?
  /// What happened, and what to do.
  let detail: String
  /// The bad places, where the request has some.
  var errors: [Fault] = []
  /// Header fields that belong to the answer, such as Allow or Retry-After.
  var headers: HTTPFields = [:]

  /// The kinds that say more than their status, with the last part of their type's URI.
  enum Kind: String, CaseIterable {
    case malformedParameter = "malformed-parameter"
    case badParameter = "bad-parameter"
    case badField = "bad-field"
    case storeUnavailable = "store-unavailable"
    case malformedJSON = "malformed-json"
    case badEvent = "bad-event"
    case batchTooLarge = "batch-too-large"
    case queueFull = "queue-full"
    case draining
    case notCommittedYet = "not-committed-yet"
    case idempotencyKeyReused = "idempotency-key-reused"
    case tailGone = "tail-gone"

    /// The value of `type`. A URN, because no address on the web outlives a private deployment.
    var type: String { "urn:sluice:problem:" + rawValue }

    /// The value of `title`: the same for every problem of this kind.
    var title: String {
      switch self {
      case .malformedParameter: "A parameter can not be decoded"
      case .badParameter: "A parameter has a value that is not allowed"
      case .badField: "A header field has a value that is not allowed"
      case .storeUnavailable: "The database can not be reached"
      case .malformedJSON: "The body is not JSON"
      case .badEvent: "An event can not be stored"
      case .batchTooLarge: "Too many events for one request"
      case .queueFull: "The queue is full"
      case .draining: "The server is shutting down"
      case .notCommittedYet: "The events are not committed yet"
      case .idempotencyKeyReused: "The idempotency key was used for other events"
      case .tailGone: "The stream can not go on from there"
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
      writer.member("detail", detail)
    }
  }
}
