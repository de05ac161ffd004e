import HTTPTypes
import Hummingbird
import WireProtocol

/// What can be wrong with a request that publishes.
extension Problem {
  /// A field of the header that can not be read.
  static func badField(_ name: String, _ detail: String) -> Problem {
    Problem(
      status: .badRequest, kind: .badField, detail: "The header field \(name) is wrong. \(detail)",
      errors: [Fault(place: .field(name), detail: detail)])
  }

  /// A body in a form that this server does not read.
  static let unsupportedContentType = Problem(
    status: .unsupportedMediaType, kind: nil,
    detail: "Content-Type must be application/json or application/x-ndjson, in UTF-8.",
    headers: [.accept: "application/json, application/x-ndjson"])

  /// A compressed body.
  static let unsupportedEncoding = Problem(
    status: .unsupportedMediaType, kind: nil,
    detail: "Content-Encoding must be absent: send the body as it is.",
    headers: [.acceptEncoding: "identity"])

  /// More bytes than a body may have.
  static func bodyTooLarge(limit: Int) -> Problem {
    Problem(
      status: .contentTooLarge, kind: nil,
      detail: "The body has more than \(limit) bytes. Send fewer events at a time.")
  }

  /// A body that did not arrive in time.
  static func bodyTooSlow(limit: Duration) -> Problem {
    Problem(status: .requestTimeout, kind: nil, detail: "The body did not arrive within \(limit).")
  }

  /// A body that is no JSON.
  static func malformedJSON(_ error: JSONSyntaxError) -> Problem {
    Problem(
      status: .badRequest, kind: .malformedJSON,
      detail: "The body is not JSON at byte \(error.offset): \(error.message).")
  }

  /// More events than a batch holds.
  static func batchTooLarge(_ limits: BatchLimits) -> Problem {
    Problem(
      status: .contentTooLarge, kind: .batchTooLarge,
      detail: """
        A request takes at most \(limits.events) events, \(limits.rawBytes) bytes of them, and \
        \(limits.dictionary) distinct topics or sources. Send fewer at a time.
        """)
  }

  /// A request without a single event.
  static let noEvents = Problem(
    status: .unprocessableContent, kind: .badEvent,
    detail: "There is no event in the body; it needs at least one.",
    errors: [Fault(place: .pointer(""), detail: "There must be at least one event.")])

  /// Events that can not be stored.
  static func badEvents(_ reading: PublishReader.Reading) -> Problem {
    let bad = reading.faults.badEvents
    let hint = reading.count > 0 && !reading.isMisshapen ? " With ?partial=true the good ones are." : ""
    return Problem(
      status: .unprocessableContent, kind: .badEvent,
      detail: "Nothing was stored: \(bad) of \(bad + reading.count) events can not be.\(hint)",
      errors: reading.faults.faults)
  }
}

/// Why events can not be taken now.
extension Problem {
  /// The queue is full, or the memory for it.
  static let queueFull = Problem(
    status: .serviceUnavailable, kind: .queueFull,
    detail: "The database takes less than is sent. Nothing was accepted; try again.",
    headers: [.retryAfter: "1"])

  /// The server accepts nothing any more.
  static let draining = Problem(
    status: .serviceUnavailable, kind: .draining,
    detail: "Nothing was accepted; try again, or another server.",
    headers: [.retryAfter: "1"])

  /// The database can not be reached, so that waiting for a commit is pointless.
  static let storeAway = Problem(
    status: .serviceUnavailable, kind: .storeUnavailable,
    detail: "The database does not answer. Nothing was accepted; try again.", headers: [.retryAfter: "1"])

  /// Accepted events that were not committed while the request waited.
  static func notCommittedYet(_ patience: Duration) -> Problem {
    Problem(
      status: .serviceUnavailable, kind: .notCommittedYet,
      detail: """
        The events are accepted but were not committed within \(patience). They may be yet. Sending them \
        again is safe: an event that is stored already is a duplicate.
        """, headers: [.retryAfter: "5"])
  }

  /// A key that came with other events before.
  static let idempotencyKeyReused = Problem(
    status: .unprocessableContent, kind: .idempotencyKeyReused,
    detail: "Nothing was stored. Use a new Idempotency-Key for other events.",
    errors: [Fault(place: .field("Idempotency-Key"), detail: "It was used for other events.")])
}
