import Testing
import WireProtocol

@testable import HTTPAdmin
@testable import TextFormats

/// An event read from columns.
struct PublishedEvent: Hashable {
  var topic = "t"
  var id = "1"
  var source = "s"
  var timestamp: Int64 = 1_767_323_045_000_000
  var payload: String?

  /// Returns the events of `columns` in their order.
  static func all(in columns: [UInt8]) throws -> [PublishedEvent] {
    try all(in: EventColumns(columns, limits: .standard))
  }

  /// Returns the events of `columns` in their order.
  static func all(in columns: EventColumns) throws -> [PublishedEvent] {
    func text(_ range: Range<Int>) -> String { String(decoding: columns.bytes[range], as: UTF8.self) }
    let topics = columns.topicRanges().map(text)
    let sources = columns.sourceRanges().map(text)
    var events: [PublishedEvent] = []
    var cursor = columns.makeCursor()
    while let place = cursor.next(in: columns.bytes.span.bytes) {
      events.append(
        PublishedEvent(
          topic: topics[place.topic], id: text(place.id), source: sources[place.source],
          timestamp: try #require(columns.layout.timestamp(of: place)), payload: place.payload.map(text)))
    }
    return events
  }

  /// The event as a client sends it.
  var json: String {
    #"{"topic":"\#(topic)","event_id":"\#(id)","timestamp":"\#(UTCTime(microseconds: timestamp).text)","#
      + #""source":"\#(source)","payload":\#(payload ?? "null")}"#
  }
}
