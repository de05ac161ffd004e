/// The rule by which CloudEvents become events; `spec/insert-routes.md` describes it.
package struct CloudEventRule: Sendable {
  /// The attribute that names the topic.
  package enum TopicAttribute: String, CaseIterable, Sendable {
    case source
    case type
    case subject
  }

  private let topicAttribute: TopicAttribute
  private let topic: [UInt8]?

  /// - Parameters:
  ///   - topicAttribute: The attribute that names the topic.
  ///   - topic: The topic of all events; nil lets the attribute decide.
  package init(topicAttribute: TopicAttribute = .source, topic: String? = nil) {
    self.topicAttribute = topicAttribute
    self.topic = topic.map { Array($0.utf8) }
  }

  /// Writes topic, source and id of an event.
  ///
  /// `source` and `id` together identify a CloudEvent. When the topic is the source, the event id is `id`. Otherwise the
  /// event id is `source`, a space and `id`, because a source is a URI reference and has no space.
  func identify(_ event: inout InsertedEvent, _ context: CloudEventContext) {
    event.source.append(contentsOf: context.source)
    if topic == nil, topicAttribute == .source || named(by: context) == nil {
      event.topic.append(contentsOf: context.source)
      event.id = context.id
    } else {
      event.topic.append(contentsOf: topic ?? named(by: context) ?? context.source)
      event.id = context.source + [0x20] + context.id
    }
  }

  /// Returns the text of the attribute that names the topic; nil without it.
  private func named(by context: CloudEventContext) -> [UInt8]? {
    switch topicAttribute {
    case .source: context.source
    case .type: context.type
    case .subject: context.subject
    }
  }
}

/// The context attributes of a CloudEvent that matter to Sluice
/// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, "Context Attributes").
struct CloudEventContext {
  var specVersion: [UInt8] = []
  var id: [UInt8] = []
  var source: [UInt8] = []
  var type: [UInt8] = []
  var subject: [UInt8]?
  var time: [UInt8]?

  /// The reason why the attributes are not those of a CloudEvent 1.0; nil when they are.
  var fault: String? {
    for (name, text) in [("specversion", specVersion), ("id", id), ("source", source), ("type", type)]
    where text.isEmpty {
      return "the attribute \"\(name)\" is missing or empty"
    }
    guard specVersion.elementsEqual("1.0".utf8) else {
      return "the attribute \"specversion\" must be \"1.0\""
    }
    return nil
  }
}

extension CloudEventContext {
  /// The attributes, by their names.
  enum Attribute: String, CaseIterable {
    case specVersion = "specversion"
    case id
    case source
    case type
    case subject
    case time

    init?(name: [UInt8]) {
      guard let attribute = Self.allCases.first(where: { name.elementsEqual($0.rawValue.utf8) }) else {
        return nil
      }
      self = attribute
    }
  }

  mutating func set(_ attribute: Attribute, _ text: [UInt8]) {
    switch attribute {
    case .specVersion: specVersion = text
    case .id: id = text
    case .source: source = text
    case .type: type = text
    case .subject: subject = text
    case .time: time = text
    }
  }
}
