internal import CIntrinsics
internal import WireProtocol

/// An event on its way into a COPY: where its fields stand in the columns of its batch.
///
/// Small, because thousands of them are sorted and walked; no reference, so that nothing is counted.
struct StagedEvent {
  /// Bytes of the columns of a batch, which are never longer than 32 bits can say.
  struct Field: Equatable {
    let start: UInt32
    let count: UInt32

    init(_ range: Range<Int>) {
      assert(range.upperBound <= Int(UInt32.max), "columns within the protocol's limits")
      start = UInt32(range.lowerBound)
      count = UInt32(range.count)
    }

    /// The same as a range.
    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
  }

  /// Index of its batch in the group.
  let batch: Int32
  /// Zero-based place in the batch.
  let position: Int32
  /// Microseconds since 1970.
  let time: Int64
  let id: Field
  let topic: Field
  let source: Field
  /// Nil where there is none.
  let payload: Field?

  /// The event at `place`, the one at `position` of `columns`.
  init(
    _ place: EventPlace, at position: Int, batch: Int, columns: borrowing EventColumns,
    names: borrowing BatchNames
  ) {
    self.batch = Int32(batch)
    self.position = Int32(position)
    // Without a time that fits 64 bits the event is dead already; were it not, the database refuses it.
    time = columns.layout.timestamp(of: place) ?? .min
    id = Field(place.id)
    topic = Field(names.topics[place.topic])
    source = Field(names.sources[place.source])
    payload = place.payload.map { Field($0) }
  }
}

extension StagedEvent {
  /// Has the bytes fetched that are its own; its names are those of many.
  /// - Parameter columns: the columns of its batch.
  func prefetch(in columns: UnsafeRawBufferPointer) {
    guard let base = columns.baseAddress else { return }
    sluice_prefetch(base + Int(id.start))
    if let payload { sluice_prefetch(base + Int(payload.start)) }
  }
}

/// Where the topics and sources of one batch stand in its columns, by index.
struct BatchNames: Sendable {
  let topics: [Range<Int>]
  let sources: [Range<Int>]

  init(_ columns: EventColumns) {
    topics = columns.topicRanges()
    sources = columns.sourceRanges()
  }
}
