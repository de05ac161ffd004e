/// How objects of any form become events (`spec/event-mapping.md`).
package struct EventMapping: Hashable, Sendable {
  /// The topic of events that have none in their topic field; nil when each event must have one there.
  package var topic: String?
  /// The field of the topic; nil when all events have the topic `topic`.
  package var topicField: FieldPath?
  /// The field of the time; nil when events get the time of their request.
  package var timeField: FieldPath?
  /// The field of the event id; nil when events get their content identity.
  package var idField: FieldPath?
  /// The source of events that have none in their source field.
  package var source: String
  /// The field of the source; nil when all events have the source `source`.
  package var sourceField: FieldPath?
  /// The field of the payload; nil when the payload is the whole object.
  package var payloadField: FieldPath?
  /// Whether the payload leaves the mapped fields out.
  package var dropsMappedFields = false
  /// The treatment of an event that cannot be made or stored.
  package var onError = BadEventAction.dead

  /// Creates a mapping of the whole object to the payload.
  package init(topic: String?, source: String) {
    self.topic = topic
    self.source = source
  }
}

/// The treatment of an event that cannot be made or stored.
package enum BadEventAction: String, CaseIterable, Sendable {
  /// It is dead-lettered, and the other events are stored.
  case dead
  /// The whole request is refused.
  case refuse
}

/// A field of an event that a mapping fills.
package enum MappedField: Int, CaseIterable, Sendable {
  case topic
  case eventID
  case time
  case source
  case payload

  /// The name for people.
  package var name: String {
    switch self {
    case .topic: "topic"
    case .eventID: "id"
    case .time: "time"
    case .source: "source"
    case .payload: "payload"
    }
  }
}

extension EventMapping {
  /// Returns the path of `field`; nil when the mapping names none.
  package func path(of field: MappedField) -> FieldPath? {
    switch field {
    case .topic: topicField
    case .eventID: idField
    case .time: timeField
    case .source: sourceField
    case .payload: payloadField
    }
  }
}
