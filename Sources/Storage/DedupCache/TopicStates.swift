/// A direct-mapped cache of 256 topic hashes of one batch, because a batch has many events of few topics. The hash of a
/// topic that another topic replaced is computed again.
struct TopicStates {
  private struct Entry {
    /// Location of the topic in the columns. The start alone does not identify a topic, because an empty
    /// topic starts where another topic starts.
    var topic: StagedEvent.Field
    var state: KeyHasher.State
  }

  private static let bits: UInt32 = 8
  /// Location that marks an unused entry: no topic is this long.
  private static let none = StagedEvent.Field(0..<Int(UInt32.max))

  private let hasher: KeyHasher
  /// Direct-mapped cache: on a collision the newer topic overwrites the older one.
  private var entries: [Entry]

  init(_ hasher: KeyHasher) {
    self.hasher = hasher
    entries = Array(
      repeating: Entry(topic: Self.none, state: KeyHasher.State()), count: 1 << Self.bits)
  }

  /// Forgets all topics, because the next topics are in other columns.
  mutating func removeAll() {
    for place in entries.indices { entries[place].topic = Self.none }
  }

  /// The hash of the topic at the location `topic` in `columns`.
  mutating func state(of topic: StagedEvent.Field, in columns: RawSpan) -> KeyHasher.State {
    let place = Int((topic.start &* 0x9E37_79B1) &>> (32 - Self.bits))
    if entries[place].topic != topic {
      entries[place] = Entry(
        topic: topic, state: hasher.state(topic: columns.extracting(topic.range)))
    }
    return entries[place].state
  }
}
