/// The selection of events that a subscriber of the tail wants.
public struct TailFilter: Hashable, Sendable {
  /// A selection of topics.
  public enum Topics: Hashable, Sendable {
    /// All topics.
    case all
    /// One topic.
    case one(String)
    /// Topics with this prefix.
    case prefix(String)
  }

  /// The topics.
  public var topics: Topics
  /// The source; nil for all sources.
  public var source: String?
  /// The topics that the subscriber may see; nil when it may see all topics.
  public var permitted: PermittedTopics?

  /// Creates a filter; by default for all events.
  public init(topics: Topics = .all, source: String? = nil) {
    self.topics = topics
    self.source = source
  }

  /// Whether the filter selects `event`. Names are compared byte by byte, as the database does.
  public func matches(_ event: StoredEvent) -> Bool {
    if let source, !source.utf8.elementsEqual(event.source.utf8) { return false }
    if let permitted, !permitted.contains(event.topic) { return false }
    switch topics {
    case .all: return true
    case .one(let topic): return topic.utf8.elementsEqual(event.topic.utf8)
    case .prefix(let prefix): return event.topic.utf8.starts(with: prefix.utf8)
    }
  }
}
