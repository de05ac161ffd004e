import Hummingbird
import Ingest
internal import StoreInterface
internal import TextFormats

/// One page of events. It is written in pieces, so that its payloads are in memory only once.
struct EventsPage: Sendable {
  let query: EventQuery
  let events: [StoredEvent]
  let next: NextPage

  /// The layout of the events in the answer.
  enum Layout {
    /// In an object with the parameters of the query.
    case object
    /// In an array.
    case array
    /// One on each line (NDJSON).
    case lines
  }

  /// Bytes that are collected before they are sent.
  static let pieceBytes = 64 << 10

  /// Estimated memory in bytes.
  var byteCount: Int {
    events.reduce(0) { sum, event in
      sum + 256 + event.topic.utf8.count + event.eventID.utf8.count + event.source.utf8.count
        + (event.payload?.count ?? 0)
    }
  }

  /// Returns a body that is written while it is sent.
  /// - Parameter memory: The reservation for the page, held until the body is sent.
  func body(_ layout: Layout, holding memory: MemoryReservation) -> ResponseBody {
    ResponseBody { output in
      var writer = JSONWriter(oneLine: layout == .lines)
      writer.begin(layout)
      for event in events {
        writer.value(event)
        if layout == .lines { writer.endLine() }
        if writer.buffer.readableBytes >= Self.pieceBytes { try await output.write(writer.takeBuffer()) }
      }
      writer.end(layout, of: self)
      try await output.write(writer.takeBuffer())
      try await output.finish(nil)
      withExtendedLifetime(memory) {}
    }
  }
}

extension JSONWriter {
  fileprivate mutating func begin(_ layout: EventsPage.Layout) {
    switch layout {
    case .object:
      open(.object)
      name("events")
      open(.array)
    case .array: open(.array)
    case .lines: break
    }
  }

  fileprivate mutating func end(_ layout: EventsPage.Layout, of page: EventsPage) {
    switch layout {
    case .object:
      close(.array)
      member("count", page.events.count)
      member("topic", page.query.topic)
      // The name that clients of older aggregators read.
      member("topic_filter", page.query.topic)
      member("limit", page.query.limit)
      member("next_cursor", page.next.cursor)
      close(.object)
      endLine()
    case .array:
      close(.array)
      endLine()
    case .lines: break
    }
  }
}

extension StoredEvent: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("topic", topic)
      writer.member("event_id", eventID)
      writer.member("timestamp", UTCTime(microseconds: timestamp))
      writer.member("source", source)
      writer.name("payload")
      if let payload { writer.raw(payload) } else { writer.token("null") }
      writer.member("processed_at", UTCTime(microseconds: processedAt))
    }
  }
}
