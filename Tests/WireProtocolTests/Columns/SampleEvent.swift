import WireProtocol

/// An event as a test writes and reads it.
struct SampleEvent: Hashable {
  var topic: [UInt8] = Array("orders.created".utf8)
  var source: [UInt8] = Array("shop".utf8)
  var id: [UInt8] = Array("1".utf8)
  var time: Int64 = 1_700_000_000_000_000
  var payload: [UInt8]?

  /// Any bytes, because the structure does not depend on text or JSON.
  static func random(using generator: inout SeededRandom, names: Int) -> SampleEvent {
    SampleEvent(
      topic: Array("topic \(Int.random(in: 0..<names, using: &generator))".utf8),
      source: Array("source \(Int.random(in: 0..<names, using: &generator))".utf8),
      id: generator.bytes(upTo: 40),
      time: 1_700_000_000_000_000 + Int64.random(in: -5_000_000...5_000_000, using: &generator),
      payload: Bool.random(using: &generator) ? generator.bytes(upTo: 200) : nil)
  }

  /// Everything that the columns say, event by event.
  static func all(of columns: EventColumns) throws -> [SampleEvent] {
    let bytes = columns.bytes
    let topics = columns.topicRanges()
    let sources = columns.sourceRanges()
    var cursor = columns.makeCursor()
    var events: [SampleEvent] = []
    while let place = cursor.next(in: bytes.span.bytes) {
      guard let time = columns.layout.timestamp(of: place) else { throw Overflow(event: events.count) }
      events.append(
        SampleEvent(
          topic: Array(bytes[topics[place.topic]]), source: Array(bytes[sources[place.source]]),
          id: Array(bytes[place.id]), time: time, payload: place.payload.map { Array(bytes[$0]) }))
    }
    return events
  }

  struct Overflow: Error {
    var event: Int
  }
}

extension EventColumnsBuilder {
  mutating func append(_ event: SampleEvent) throws(EventRefusal) -> Bool {
    let (topic, source, id) = (event.topic, event.source, event.id)
    guard let payload = event.payload else {
      return try append(
        topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: event.time,
        payload: nil)
    }
    return try append(
      topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: event.time,
      payload: payload.span.bytes)
  }

  /// The raw bytes of one batch of `events`.
  static func columns(of events: [SampleEvent], limits: BatchLimits = .standard) throws -> [UInt8] {
    var builder = EventColumnsBuilder(limits: limits)
    for event in events where try !builder.append(event) { throw Full(events: builder.count) }
    return builder.finish()
  }

  struct Full: Error {
    var events: Int
  }
}

extension EventCursor {
  mutating func next(in columns: EventColumns) -> EventPlace? { next(in: columns.bytes.span.bytes) }
}
