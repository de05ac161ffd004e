internal import CIntrinsics
internal import WireProtocol

/// An event that a COPY will send: the locations of its fields in the columns of its batch.
///
/// Small, because thousands of events are sorted and read. It has no reference, so copies need no reference
/// counting.
struct StagedEvent {
  /// A range of bytes in the columns of a batch. Columns are shorter than 2^32 bytes.
  struct Field: Equatable {
    let start: UInt32
    let count: UInt32

    init(_ range: Range<Int>) {
      assert(range.upperBound <= Int(UInt32.max), "columns within the protocol's limits")
      start = UInt32(range.lowerBound)
      count = UInt32(range.count)
    }

    /// The location as a range.
    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
  }

  /// Index of the batch in the group.
  let batch: Int32
  /// Zero-based position in the batch.
  let position: Int32
  /// Microseconds since 1970.
  let time: Int64
  let id: Field
  let topic: Field
  let source: Field
  /// Nil when the event has no payload.
  let payload: Field?

  /// Creates the event at `place`, which has the position `position` in `columns`.
  init(
    _ place: EventPlace, at position: Int, batch: Int, columns: borrowing EventColumns,
    names: borrowing BatchNames
  ) {
    self.batch = Int32(batch)
    self.position = Int32(position)
    // An event whose time does not fit into 64 bits is dead already. If it were not, the database would
    // refuse `.min`.
    time = columns.layout.timestamp(of: place) ?? .min
    id = Field(place.id)
    topic = Field(names.topics[place.topic])
    source = Field(names.sources[place.source])
    payload = place.payload.map { Field($0) }
  }
}

extension StagedEvent {
  /// Prefetches the id and payload. Topic and source are shared by many events and need no prefetch.
  /// - Parameter columns: The columns of the event's batch.
  func prefetch(in columns: UnsafeRawBufferPointer) {
    guard let base = columns.baseAddress else { return }
    sluice_prefetch(base + Int(id.start))
    if let payload { sluice_prefetch(base + Int(payload.start)) }
  }
}

/// The locations of the topics and sources of one batch in its columns, by index.
struct BatchNames: Sendable {
  let topics: [Range<Int>]
  let sources: [Range<Int>]

  init(_ columns: EventColumns) {
    topics = columns.topicRanges()
    sources = columns.sourceRanges()
  }
}
