import HTTPTypes
import Hummingbird
import Ingest
internal import StoreInterface
internal import TextFormats

/// Errors of requests that publish a dead event again.
extension Problem {
  /// An id without a dead event.
  static let noSuchDeadEvent = Problem(
    status: .notFound, kind: nil, detail: "There is no dead event with this id. GET /dead lists them.")

  /// A dead event that was published again before.
  /// - Parameter time: The time of the mark in microseconds since 1970.
  static func alreadyRepublished(at time: Int64) -> Problem {
    Problem(
      status: .conflict, kind: .alreadyRepublished,
      detail: "The event was published again at \(UTCTime(microseconds: time).text). Nothing was stored now.")
  }

  /// A dead event that another request published again while this one published it, too.
  /// - Parameters:
  ///   - time: The time of the other request's mark in microseconds since 1970.
  ///   - isStored: Whether this request stored an event, which differs from the other one in its topic or id then.
  static func republishedMeanwhile(at time: Int64, isStored: Bool) -> Problem {
    let outcome =
      isStored
      ? "The event of this request is stored as well, because the requests gave it other topics or ids."
      : "Both requests gave it the same topic and id, so it is stored once."
    return Problem(
      status: .conflict, kind: .alreadyRepublished,
      detail: "Another request published the event again at \(UTCTime(microseconds: time).text). \(outcome)")
  }

  /// An event that cannot be stored, as it is published again.
  /// - Parameter reason: The reason, as `dead_events` names it; nil when members are missing.
  static func refusedAgain(_ faults: [Fault], reason: DeadReason?) -> Problem {
    let cause = reason.map { " (\($0.rawValue))" } ?? ""
    return Problem(
      status: .unprocessableContent, kind: .badEvent,
      detail:
        "Nothing was stored: the event is refused again\(cause). Send the members to replace in the body.",
      errors: faults)
  }

  /// An event that the database refused again.
  /// - Parameter event: The dead event that it became; nil when it is not known.
  static func refusedByDatabase(_ event: StoredDeadEvent?) -> Problem {
    let reason = event.map { "\($0.reason): \($0.detail ?? "no detail")" } ?? "GET /dead has the reason"
    let detail =
      "The database refused the event again (\(PeerText.printable(reason))). It is one more dead event now."
    return Problem(
      status: .unprocessableContent, kind: .badEvent, detail: detail,
      errors: [Fault(place: .pointer(""), detail: detail)])
  }

  /// An edit in another form than JSON.
  static let editMustBeJSON = Problem(
    status: .unsupportedMediaType, kind: nil, detail: "Content-Type must be application/json, in UTF-8.",
    headers: [.accept: ContentType.json.rawValue])
}
