import Ingest
internal import StoreInterface
import WireProtocol

/// A dead event as it is published again: as it is kept, with the members of an edit.
struct RepublishedEvent: Hashable, Sendable {
  /// The topic in UTF-8.
  let topic: [UInt8]
  private let eventID: [UInt8]
  private let source: [UInt8]
  private let timestamp: Int64
  private let payload: [UInt8]?

  /// - Throws: 422 that names each member which is not kept, or not as a whole, and not in the edit.
  init(_ dead: StoredDeadEvent, _ edit: DeadEventEdit) throws(Problem) {
    var missing: [Problem.Fault] = []
    func known<Value>(_ member: String, _ given: Value?, _ kept: Value?) -> Value? {
      if given == nil, kept == nil {
        missing.append(
          Problem.Fault(place: .pointer("/\(member)"), detail: "It is not kept with the dead event; give it.")
        )
      }
      return given ?? kept
    }
    let topic = known("topic", edit.topic, dead.topic.map { Array($0.utf8) })
    let eventID = known("event_id", edit.eventID, dead.eventID.map { Array($0.utf8) })
    let source = known("source", edit.source, dead.source.map { Array($0.utf8) })
    let timestamp = known("timestamp", edit.timestamp, dead.timestamp)
    switch edit.payload {
    case .json(let payload): self.payload = payload
    case .none: self.payload = nil
    case .kept:
      let (payload, fault) = dead.keptPayload
      if let fault { missing.append(Problem.Fault(place: .pointer("/payload"), detail: fault)) }
      self.payload = payload
    }
    guard missing.isEmpty, let topic, let eventID, let source, let timestamp else {
      throw .refusedAgain(missing, reason: nil)
    }
    (self.topic, self.eventID, self.source, self.timestamp) = (topic, eventID, source, timestamp)
  }

  /// Returns the event as the columns of a batch.
  /// - Throws: 422 with the reason when the event cannot be stored.
  func columns(_ batch: BatchLimits, _ limits: EventLimits) throws(Problem) -> [UInt8] {
    if let reason = reason(ColumnValidator(limits: limits)) {
      let fault = Problem.Fault(place: .pointer(reason.pointer), detail: reason.sentence(limits))
      throw .refusedAgain([fault], reason: reason)
    }
    var builder = EventColumnsBuilder(limits: batch)
    do throws(EventRefusal) {
      guard try append(to: &builder) else {
        throw EventRefusal.eventTooLarge(bytes: 0, limit: batch.rawBytes)
      }
    } catch {
      let fault = Problem.Fault(place: .pointer(""), detail: "It fits no batch: \(error).")
      throw .refusedAgain([fault], reason: nil)
    }
    return builder.finish()
  }

  private func reason(_ validator: ColumnValidator) -> DeadReason? {
    guard let payload else {
      return validator.reason(
        topic: topic.span.bytes, source: source.span.bytes, eventID: eventID.span.bytes, timestamp: timestamp,
        payload: nil)
    }
    return validator.reason(
      topic: topic.span.bytes, source: source.span.bytes, eventID: eventID.span.bytes, timestamp: timestamp,
      payload: payload.span.bytes)
  }

  private func append(to builder: inout EventColumnsBuilder) throws(EventRefusal) -> Bool {
    guard let payload else {
      return try builder.append(
        topic: topic.span.bytes, source: source.span.bytes, id: eventID.span.bytes, timestamp: timestamp,
        payload: nil)
    }
    return try builder.append(
      topic: topic.span.bytes, source: source.span.bytes, id: eventID.span.bytes, timestamp: timestamp,
      payload: payload.span.bytes)
  }
}

extension StoredDeadEvent {
  /// The payload as it is kept, or the reason why it must be given.
  fileprivate var keptPayload: (payload: [UInt8]?, fault: String?) {
    switch DeadReason(rawValue: reason) {
    case .topicLength, .topicText, .sourceLength, .sourceText, .eventIDLength, .eventIDText, .eventForm, nil:
      return (nil, "The payload is not kept with the dead event; give it, or null.")
    case .payloadSyntax: break
    // An event without a payload has no bytes.
    default: if byteCount == 0 { return (nil, nil) }
    }
    guard bytes.count == byteCount else {
      return (nil, "Only \(bytes.count) of the \(byteCount) bytes of the payload are kept; give it, or null.")
    }
    return (bytes, nil)
  }
}

extension DeadReason {
  /// The member that the reason is about, as a JSON pointer.
  fileprivate var pointer: String {
    switch self {
    case .topicLength, .topicText: "/topic"
    case .sourceLength, .sourceText: "/source"
    case .eventIDLength, .eventIDText: "/event_id"
    case .timestampRange: "/timestamp"
    case .payloadLength, .payloadText, .payloadSyntax, .payloadDepth, .payloadNumber, .payloadEscape:
      "/payload"
    case .eventForm, .refusedByDatabase, .quarantined: ""
    }
  }

  /// The rule that the member breaks.
  fileprivate func sentence(_ limits: EventLimits) -> String {
    switch self {
    case .topicLength, .sourceLength, .eventIDLength: "It must have 1 to \(limits.nameScalars) characters."
    case .topicText, .sourceText, .eventIDText: "It must be text in UTF-8 without U+0000."
    case .timestampRange: "It must be a time of the years 1 to 9999."
    case .payloadLength: "It must have at most \(limits.payloadBytes) bytes."
    case .payloadText: "It must be text in UTF-8."
    case .payloadSyntax: "It must be JSON."
    case .payloadDepth: "It must be nested at most \(limits.jsonDepth) levels deep."
    case .payloadNumber: "A number's exponent is beyond \(limits.jsonExponent)."
    case .payloadEscape: "A string holds \\u0000 or half of a surrogate pair."
    case .eventForm: "It must be an event."
    case .refusedByDatabase, .quarantined: "The database refuses it."
    }
  }
}
