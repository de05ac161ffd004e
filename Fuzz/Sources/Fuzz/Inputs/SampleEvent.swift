import WireProtocol

/// An event with bytes of its own, so that two batches can be compared.
struct SampleEvent: Equatable {
  var topic: [UInt8]
  var source: [UInt8]
  var id: [UInt8]
  var time: Int64
  var payload: [UInt8]?

  /// Every event of `columns`; nil when a time does not fit 64 bits, which the builder cannot express.
  static func all(of columns: EventColumns) -> [SampleEvent]? {
    let bytes = columns.bytes
    let topics = columns.topicRanges()
    let sources = columns.sourceRanges()
    var cursor = columns.makeCursor()
    var events: [SampleEvent] = []
    while let place = cursor.next(in: bytes.span.bytes) {
      guard let time = columns.layout.timestamp(of: place) else { return nil }
      events.append(
        SampleEvent(
          topic: Array(bytes[topics[place.topic]]), source: Array(bytes[sources[place.source]]),
          id: Array(bytes[place.id]), time: time, payload: place.payload.map { Array(bytes[$0]) }))
    }
    return events
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
}
