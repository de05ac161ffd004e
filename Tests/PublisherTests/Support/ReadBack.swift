import WireProtocol

@testable import ClientLib
@testable import Publisher

extension EventBatch {
  /// The events of a batch, read back out of its columns.
  consuming func events() throws -> [Event] {
    let columns = try EventColumns(
      finish(recycling: BuilderPool(), for: nil)[0].columns, limits: .standard)
    let bytes = columns.bytes
    let (topics, sources) = (columns.topicRanges(), columns.sourceRanges())
    var cursor = columns.makeCursor()
    var events: [Event] = []
    while let place = cursor.next(in: bytes.span.bytes) {
      events.append(
        Event(
          topic: String(decoding: bytes[topics[place.topic]], as: UTF8.self),
          id: String(decoding: bytes[place.id], as: UTF8.self),
          timestamp: Timestamp(microseconds: columns.layout.baseTime + place.timeDelta),
          source: String(decoding: bytes[sources[place.source]], as: UTF8.self),
          payload: place.payload.map { Array(bytes[$0]) }))
    }
    return events
  }
}

extension EventGenerator {
  /// The event at one place.
  mutating func event(at place: UInt64) throws -> Event {
    var batch = EventBatch(events: 1, bytes: 1 << 20)
    let fits = try append(place: place, to: &batch)
    precondition(fits)
    return try batch.events()[0]
  }

  /// The columns of a range of places.
  mutating func columns(_ places: Range<UInt64>) throws -> [UInt8] {
    var batch = EventBatch(events: 65_535, bytes: 1 << 24)
    for place in places {
      let fits = try append(place: place, to: &batch)
      precondition(fits)
    }
    return batch.finish(recycling: BuilderPool(), for: nil)[0].columns
  }
}
