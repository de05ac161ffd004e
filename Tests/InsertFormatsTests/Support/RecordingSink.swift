import InsertFormats

/// Keeps the events and the rejected items of a request.
struct RecordingSink: InsertSink {
  /// An event as text.
  struct Event: Hashable {
    var topic: String
    var source: String
    var id: String?
    var time: Int64?
    var payload: String
  }

  private(set) var events: [Event] = []
  /// The payloads that need no check.
  private(set) var plainPayloads: [String] = []
  private(set) var rejections: [(topic: String, reason: String)] = []
  /// The number of items after which the sink takes no more.
  var capacity = Int.max

  mutating func take(_ event: borrowing InsertedEvent, from item: Range<Int>) -> Bool {
    events.append(Event(event))
    if event.payload.isPlain { plainPayloads.append(events[events.count - 1].payload) }
    return events.count + rejections.count < capacity
  }

  mutating func reject(
    _ item: Range<Int>, of bytes: RawSpan, topic: [UInt8], because reason: String
  ) -> Bool {
    rejections.append((String(decoding: topic, as: UTF8.self), reason))
    return events.count + rejections.count < capacity
  }
}

extension RecordingSink.Event {
  init(_ event: borrowing InsertedEvent) {
    self.init(
      topic: String(decoding: event.topic, as: UTF8.self),
      source: String(decoding: event.source, as: UTF8.self),
      id: event.id.map { String(decoding: $0, as: UTF8.self) }, time: event.time,
      payload: String(decoding: event.payload.bytes, as: UTF8.self))
  }
}
