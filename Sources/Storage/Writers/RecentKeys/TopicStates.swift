/// The hashes of the topics of one batch, each computed once: a batch has many events of few topics.
struct TopicStates {
  private struct Entry {
    /// Where the topic stands in the columns; an empty one stands where another one does.
    var topic: StagedEvent.Field
    var state: KeyHasher.State
  }

  private static let bits: UInt32 = 8
  /// No topic is so long.
  private static let none = StagedEvent.Field(0..<Int(UInt32.max))

  private let hasher: KeyHasher
  /// A topic that falls into the place of another one takes it.
  private var entries: [Entry]

  init(_ hasher: KeyHasher) {
    self.hasher = hasher
    entries = Array(
      repeating: Entry(topic: Self.none, state: KeyHasher.State()), count: 1 << Self.bits)
  }

  /// Forgets all topics: other columns follow.
  mutating func removeAll() {
    for place in entries.indices { entries[place].topic = Self.none }
  }

  /// The hash of the topic that stands in `columns`.
  mutating func state(of topic: StagedEvent.Field, in columns: RawSpan) -> KeyHasher.State {
    let place = Int((topic.start &* 0x9E37_79B1) &>> (32 - Self.bits))
    if entries[place].topic != topic {
      entries[place] = Entry(
        topic: topic, state: hasher.state(topic: columns.extracting(topic.range)))
    }
    return entries[place].state
  }
}
