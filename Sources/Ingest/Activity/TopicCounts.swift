internal import Synchronization

/// Numbers of stored events by topic, of at most `capacity` topics. Names are compared byte by byte.
public struct TopicCounts: Hashable, Sendable {
  /// Maximum number of topics. Events of further topics are not counted, and `isComplete` becomes false.
  public static let capacity = 1_024
  /// Bytes of the most topics: names of 255 characters of 4 bytes, an array header of 32, and an entry of at most 64.
  static let mostBytes = capacity * (255 * 4 + 32 + 64)

  /// The numbers by the names in UTF-8.
  public private(set) var events: [[UInt8]: Int] = [:]
  /// Whether the events of all topics were counted.
  public private(set) var isComplete = true

  /// Creates counts without a topic.
  public init() {}

  /// Adds `count` stored events of a topic.
  public mutating func add(_ count: Int, of topic: [UInt8]) {
    assert(count >= 0 && !topic.isEmpty, "stored events have a topic")
    guard events.count < Self.capacity || events[topic] != nil else {
      isComplete = false
      return
    }
    events[topic, default: 0] += count
  }

  /// Adds the counts of a later time.
  public mutating func add(_ later: TopicCounts) {
    isComplete = isComplete && later.isComplete
    for (topic, count) in later.events { add(count, of: topic) }
  }

  /// Notes that some events were not counted.
  public mutating func leaveOut() { isComplete = false }

  /// Returns up to `most` topics with the most events, the busiest first; equally busy ones by name.
  func busiest(_ most: Int) -> [(topic: [UInt8], events: Int)] {
    precondition(most >= 1, "a list with room for a topic")
    let sorted = events.sorted {
      $0.value == $1.value ? $0.key.lexicographicallyPrecedes($1.key) : $0.value > $1.value
    }
    return sorted.prefix(most).map { (topic: $0.key, events: $0.value) }
  }
}

/// The stored events by topic since they were last taken. Writers add to it once for each group, and the history
/// takes the counts each second.
public final class TopicActivity: Sendable {
  private let counts = Mutex(TopicCounts())

  /// Creates counts without a topic.
  public init() {}

  /// Adds the events that a group stored.
  public func stored(_ group: TopicCounts) {
    guard !group.events.isEmpty else { return }
    counts.withLock { $0.add(group) }
  }

  /// Returns the counts, and begins anew.
  public func take() -> TopicCounts {
    counts.withLock { counts in
      defer { counts = TopicCounts() }
      return counts
    }
  }
}
