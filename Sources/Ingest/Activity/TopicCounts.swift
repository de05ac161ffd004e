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
  private struct State {
    var counts = TopicCounts()
    /// Hashes of topics that were stored, at most `mostKnown`. Hashes, because names may be long.
    var known: Set<Int> = []
    var changes = 0

    /// Counts a topic that is not known as a change.
    mutating func note(_ topic: [UInt8]) {
      if known.count >= TopicActivity.mostKnown { known.removeAll(keepingCapacity: true) }
      if known.insert(topic.hashValue).inserted { changes += 1 }
    }
  }

  /// Most topics that are known to have been stored. When there are more, all are forgotten, so each counts as new once
  /// more.
  private static let mostKnown = 1 << 16

  private let state = Mutex(State())

  /// Creates counts without a topic.
  public init() {}

  /// A number that rises when a topic is stored that this process has not stored before, or not for long. It rises
  /// before the events of the topic are acknowledged.
  public var changes: Int { state.withLock { $0.changes } }

  /// Adds the events that a group stored. To be called before the batches of the group are settled.
  public func stored(_ group: TopicCounts) {
    guard !group.events.isEmpty || !group.isComplete else { return }
    state.withLock { state in
      // Topics that are left out of the counts of the group may be new.
      if !group.isComplete { state.changes += 1 }
      // A topic that was counted since the last `take` is known. So most groups look up no hash.
      for topic in group.events.keys where state.counts.events[topic] == nil { state.note(topic) }
      state.counts.add(group)
    }
  }

  /// Returns the counts, and begins anew.
  public func take() -> TopicCounts {
    state.withLock { state in
      defer { state.counts = TopicCounts() }
      return state.counts
    }
  }
}
