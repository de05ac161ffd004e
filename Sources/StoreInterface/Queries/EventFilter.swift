/// A selection of events, the same for searches, counts, deletions and the live tail. An event is selected when it
/// meets every condition. Names are compared byte by byte.
public struct EventFilter: Hashable, Sendable {
  /// A selection of topics.
  public enum Topics: Hashable, Sendable {
    /// All topics.
    case all
    /// One topic.
    case one(String)
    /// Topics with this prefix.
    case prefix(String)
  }

  /// The time of an event by which events are bounded and ordered.
  public enum Clock: String, Hashable, Sendable, CaseIterable {
    /// The time that the event carries.
    case eventTime = "event_time"
    /// Start of the transaction that stored the event.
    case processedAt = "processed_at"
  }

  /// The topics.
  public var topics: Topics
  /// The topics that the reader may see; nil when the reader may see all topics.
  public var permitted: PermittedTopics?
  /// The source; nil for all sources.
  public var source: String?
  /// The event id; nil for all ids.
  public var eventID: String?
  /// Selects events of this time or later, in microseconds since 1970.
  public var since: Int64?
  /// Selects events before this time, in microseconds since 1970.
  public var until: Int64?
  /// The time that `since` and `until` bound.
  public var clock: Clock
  /// Selects events whose payload has this text. ASCII letters match in both cases.
  public var text: String?
  /// Conditions about fields of the payload; an event must meet all of them.
  public var fields: [FieldCondition]

  /// Creates a filter; by default for all events.
  public init(
    topics: Topics = .all, source: String? = nil, eventID: String? = nil, since: Int64? = nil,
    until: Int64? = nil, clock: Clock = .eventTime, text: String? = nil, fields: [FieldCondition] = []
  ) {
    self.topics = topics
    self.source = source
    self.eventID = eventID
    self.since = since
    self.until = until
    self.clock = clock
    self.text = text
    self.fields = fields
  }

  /// The topic, if exactly one is selected. A nil selects all topics.
  public var topic: String? {
    get { if case .one(let topic) = topics { topic } else { nil } }
    set { topics = newValue.map { .one($0) } ?? .all }
  }

  /// Whether the filter has a condition that no index supports, so that a search may read many events to no purpose.
  public var readsEvents: Bool { source != nil || text != nil || !fields.isEmpty }

  /// The texts of the filter that are compared with stored texts.
  public var texts: [String] {
    var texts = [source, eventID, text].compactMap(\.self) + fields.flatMap { $0.path + [$0.value] }
    switch topics {
    case .all: break
    case .one(let topic): texts.append(topic)
    case .prefix(let prefix): texts.append(prefix)
    }
    return texts
  }
}

/// A condition about one field of a payload: the field's value equals a JSON value.
public struct FieldCondition: Hashable, Sendable {
  /// Names of members that lead from the payload into objects. A whole number also names an element of an array,
  /// from 0 on, or from the end if it is negative.
  public let path: [String]
  /// The value as text. A field matches when it is this string. If the text is a JSON number, `true`, `false` or
  /// `null`, a field with that JSON value matches, too.
  public let value: String

  /// Creates a condition about the field at `path`.
  public init(path: [String], value: String) {
    precondition(!path.isEmpty, "a path has a name")
    self.path = path
    self.value = value
  }

  /// The most digits that a number may have, so that every store can compare it.
  static let mostDigits = 40

  /// Whether `value` is also a JSON number, `true`, `false` or `null` (RFC 8259, sections 3 and 6). A number of more
  /// than 40 characters, or with an exponent of more than three digits, counts as a string alone.
  public var isToken: Bool {
    if ["true", "false", "null"].contains(value) { return true }
    guard value.utf8.count <= Self.mostDigits else { return false }
    return value.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?/) != nil
  }
}
