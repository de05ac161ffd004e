/// The rule by which log records become events; `spec/insert-routes.md` describes it.
package struct LogRule: Sendable {
  /// The attribute of the semantic conventions that identifies a record.
  package static let standardIDAttribute = "log.record.uid"
  /// The attribute that names the topic, unless the sender chooses another one.
  package static let standardTopicAttribute = "sluice.topic"
  /// Topic and source of records that name nothing else.
  private static let fallback = Array("opentelemetry".utf8)

  let attributes: LogNames.Attributes
  private let topic: [UInt8]?
  private let source: [UInt8]?

  /// - Parameters:
  ///   - topicAttribute: The name of the attribute that names the topic.
  ///   - idAttribute: The name of the attribute that names the event id.
  ///   - topic: The topic of all records; nil lets the records decide.
  ///   - source: The source of all records; nil lets the resources decide.
  package init(
    topicAttribute: String = Self.standardTopicAttribute, idAttribute: String = Self.standardIDAttribute,
    topic: String? = nil, source: String? = nil
  ) {
    attributes = LogNames.Attributes(topic: Array(topicAttribute.utf8), id: Array(idAttribute.utf8))
    self.topic = topic.map { Array($0.utf8) }
    self.source = source.map { Array($0.utf8) }
  }

  /// Writes topic, source, id and time of a record into `event`.
  /// - Parameters:
  ///   - time: `time_unix_nano`; 0 without it.
  ///   - observedTime: `observed_time_unix_nano`; 0 without it.
  func identify(
    _ event: inout InsertedEvent, record: LogNames, scope: LogScope, resource: LogNames, time: UInt64,
    observedTime: UInt64
  ) {
    event.topic.append(contentsOf: topicName(record, scope, resource))
    event.source.append(
      contentsOf: source ?? resource.serviceName ?? record.serviceName ?? resource.hostName
        ?? record.hostName ?? Self.fallback)
    event.id = record.id
    event.time =
      InsertedEvent.microseconds(ofNanoseconds: time)
      ?? InsertedEvent.microseconds(ofNanoseconds: observedTime)
  }

  private func topicName(_ record: LogNames, _ scope: LogScope, _ resource: LogNames) -> [UInt8] {
    if let topic { return topic }
    if let named = record.topic ?? scope.names.topic ?? resource.topic { return named }
    if let service = resource.serviceName ?? record.serviceName { return service }
    return scope.name.isEmpty ? Self.fallback : scope.name
  }
}
