import Ingest
internal import TextFormats
import WireProtocol

/// The members of an event that replace those of a dead event.
struct DeadEventEdit: Hashable, Sendable {
  /// A change of the payload.
  enum Payload: Hashable, Sendable {
    /// The payload stays as it is.
    case kept
    /// The event has no payload.
    case none
    /// The payload is this JSON.
    case json([UInt8])
  }

  /// The topic in UTF-8; nil leaves it as it is.
  var topic: [UInt8]?
  /// The event id in UTF-8; nil leaves it as it is.
  var eventID: [UInt8]?
  /// The source in UTF-8; nil leaves it as it is.
  var source: [UInt8]?
  /// Event time in microseconds since 1970; nil leaves it as it is.
  var timestamp: Int64?
  /// The payload.
  var payload = Payload.kept
}

extension DeadEventEdit {
  /// Reads a body: an object with the members to replace, by the rules of a published event. An empty body changes
  /// nothing.
  /// - Parameter isJSON: Whether the type of the body is JSON. An empty body needs no type.
  /// - Throws: 400 for a body that is not JSON, 415 for another type, 422 for a member that cannot be stored.
  static func read(
    _ bytes: RawSpan, isJSON: Bool, limits: EventLimits
  ) throws(Problem) -> DeadEventEdit {
    var scanner = JSONScanner(try BodyText.range(of: bytes))
    if scanner.isAtEnd(in: bytes) { return DeadEventEdit() }
    guard isJSON else { throw .editMustBeJSON }
    var reader = EventReader(limits: limits, isEdit: true)
    let faults: [Problem.Fault]
    do throws(JSONSyntaxError) {
      faults = try reader.read(&scanner, in: bytes, pointer: .body)
      guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the value") }
    } catch {
      throw .malformedJSON(error)
    }
    guard faults.isEmpty else { throw .refusedAgain(faults, reason: reader.deadReason) }
    return DeadEventEdit(reader.draft, in: bytes)
  }

  private init(_ draft: EventDraft, in bytes: RawSpan) {
    if draft.has(.topic) { topic = draft.text(.topic) }
    if draft.has(.eventID) { eventID = draft.text(.eventID) }
    if draft.has(.source) { source = draft.text(.source) }
    if draft.has(.timestamp) { timestamp = draft.timestamp }
    guard draft.has(.payload) else { return }
    payload = draft.payload.map { .json(bytes.extracting($0).withUnsafeBytes { Array($0) }) } ?? .none
  }
}
