import HTTPTypes
import Hummingbird
internal import TextFormats
import WireProtocol

/// Errors of publishing requests.
extension Problem {
  /// A header field that cannot be read.
  static func badField(_ name: String, _ detail: String) -> Problem {
    Problem(
      status: .badRequest, kind: .badField, detail: "The header field \(name) is wrong. \(detail)",
      errors: [Fault(place: .field(name), detail: detail)])
  }

  /// A body in a form that this server does not read.
  static let unsupportedContentType = Problem(
    status: .unsupportedMediaType, kind: nil,
    detail: "Content-Type must be a type that Accept lists, in UTF-8.",
    headers: [.accept: MediaType.published.map(\.name).joined(separator: ", ")])

  /// A body above the maximum size.
  static func bodyTooLarge(limit: Int) -> Problem {
    Problem(
      status: .contentTooLarge, kind: nil,
      detail: "The body has more than \(limit) bytes (http.body.bytes). Send fewer events in a request.")
  }

  /// A body that did not arrive in time.
  static func bodyTooSlow(limit: Duration) -> Problem {
    Problem(status: .requestTimeout, kind: nil, detail: "The body did not arrive within \(limit).")
  }

  /// A body that is not JSON.
  static func malformedJSON(_ error: JSONSyntaxError) -> Problem {
    Problem(
      status: .badRequest, kind: .malformedJSON,
      detail: "The body is not JSON at byte \(error.offset): \(error.message).")
  }

  /// A line that is not JSON.
  /// - Parameters:
  ///   - line: The number of the line, from 1.
  ///   - byte: The offset of the error in the line, from 0.
  ///   - pointer: The event, and the member that has the error.
  static func malformedJSON(_ error: JSONSyntaxError, line: Int, byte: Int, pointer: String) -> Problem {
    Problem(
      status: .badRequest, kind: .malformedJSON,
      detail: "Line \(line) is not JSON at its byte \(byte): \(error.message).",
      errors: [Fault(place: .pointer(pointer), detail: "It is not JSON: \(error.message).", line: line)])
  }

  /// More events than a batch holds.
  static func batchTooLarge(_ limits: BatchLimits) -> Problem {
    Problem(
      status: .contentTooLarge, kind: .batchTooLarge,
      detail: """
        A request can have at most \(limits.events) events, \(limits.rawBytes) bytes of them, and \
        \(limits.dictionary) distinct topics or sources. Send fewer events in a request.
        """)
  }

  /// A request without an event.
  static let noEvents = Problem(
    status: .unprocessableContent, kind: .badEvent,
    detail: "The body has no event. Send at least one.",
    errors: [Fault(place: .pointer(""), detail: "There must be at least one event.")])

  /// Events that cannot be stored.
  static func badEvents(_ reading: PublishReader.Reading) -> Problem {
    let bad = reading.faults.badEvents
    // Reading stops after the last error that the answer can list.
    let isCut = reading.faults.room == 0
    let hint =
      reading.isMisshapen
      ? "" : " Use ?partial=true to store the valid events and to record the bad ones as dead events."
    let sum =
      isCut
      ? "the body has at least \(FaultList.capacity) errors."
      : "\(bad) of \(bad + reading.count) events cannot be stored."
    return Problem(
      status: .unprocessableContent, kind: .badEvent, detail: "Nothing was stored: \(sum)\(hint)",
      errors: reading.faults.faults)
  }
}

/// Reasons why events cannot be accepted now.
extension Problem {
  /// The queue or its memory is full.
  static let queueFull = Problem(
    status: .serviceUnavailable, kind: .queueFull,
    detail:
      "The queue is full, because the database stores less than is sent. Nothing was accepted; try again.",
    headers: [.retryAfter: "1"])

  /// A principal that has sent more than its quota, and may send again after `delay`.
  static func quotaUsedUp(for delay: Duration) -> Problem {
    let seconds = delay.components.seconds + 1
    return Problem(
      status: .tooManyRequests, kind: .quotaUsedUp,
      detail: "Nothing was accepted, because the quota of this key is used up. Send again in \(seconds) s.",
      headers: [.retryAfter: "\(seconds)"])
  }

  /// The server is stopping.
  static let draining = Problem(
    status: .serviceUnavailable, kind: .draining,
    detail: "Nothing was accepted, because the server is stopping. Try again, or use another server.",
    headers: [.retryAfter: "1"])

  /// The database is unavailable, so that a request cannot wait for a commit.
  static let storeUnavailable = Problem(
    status: .serviceUnavailable, kind: .storeUnavailable,
    detail: "The database does not answer. Nothing was accepted; try again.", headers: [.retryAfter: "1"])

  /// Accepted events that were not committed in time.
  static func notCommittedYet(_ timeout: Duration) -> Problem {
    Problem(
      status: .serviceUnavailable, kind: .notCommittedYet,
      detail: """
        The events are accepted but were not committed within \(timeout). They may still be committed. \
        Sending them again is safe: an event that is already stored counts as a duplicate.
        """, headers: [.retryAfter: "5"])
  }

  /// An idempotency key that was used for other events.
  static let idempotencyKeyReused = Problem(
    status: .unprocessableContent, kind: .idempotencyKeyReused,
    detail: "Nothing was stored, because the key was used for other events. Use a new Idempotency-Key.",
    errors: [Fault(place: .field("Idempotency-Key"), detail: "It was used for other events.")])
}
