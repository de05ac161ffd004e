import Ingest
import NIOCore

/// The text of server-sent events.
enum TailText {
  /// Shows that the connection lives.
  static let comment = ByteBuffer(string: ":\n\n")

  /// Events, each with the place behind it as its id.
  static func events(_ events: [TailEvent], of window: TailWindow) -> ByteBuffer {
    var writer = JSONWriter(oneLine: true)
    for event in events {
      writer.text("id: \(TailCursor(window, place: event.place).text)\ndata: ")
      writer.value(event.event)
      writer.text("\n\n")
    }
    return writer.takeBuffer()
  }

  /// A comment with the subscriber's place: an event without data is not shown to anybody, but its id counts.
  static func place(_ cursor: TailCursor) -> ByteBuffer {
    ByteBuffer(string: ":\nid: \(cursor.text)\n\n")
  }

  /// The last event, of the type `end`.
  static func ending(_ ending: TailEnding) -> ByteBuffer {
    var writer = JSONWriter(oneLine: true)
    writer.text("event: end\ndata: ")
    writer.object { writer in
      writer.member("reason", ending.rawValue)
      writer.member("detail", ending.sentence)
    }
    writer.text("\n\n")
    return writer.takeBuffer()
  }
}
