/// Which events a subscriber of the tail wants.
public struct TailFilter: Hashable, Sendable {
  /// Which topics.
  public enum Topics: Hashable, Sendable {
    /// All.
    case all
    /// This one.
    case one(String)
    /// Those whose names begin like this.
    case prefix(String)
  }

  /// Which topics.
  public var topics: Topics
  /// Only this source.
  public var source: String?

  /// Everything, unless narrowed.
  public init(topics: Topics = .all, source: String? = nil) {
    self.topics = topics
    self.source = source
  }

  /// Whether it is `event` that is wanted; names are compared byte by byte, as the database does.
  public func matches(_ event: StoredEvent) -> Bool {
    if let source, !source.utf8.elementsEqual(event.source.utf8) { return false }
    switch topics {
    case .all: return true
    case .one(let topic): return topic.utf8.elementsEqual(event.topic.utf8)
    case .prefix(let prefix): return event.topic.utf8.starts(with: prefix.utf8)
    }
  }
}
