import Hummingbird
import Ingest
import NIOCore
internal import StoreInterface
internal import TextFormats

/// One page of events. It is written in pieces, so that its payloads are in memory only once.
struct EventsPage: Sendable {
  let query: EventQuery
  let page: EventPage
  let next: NextPage
  /// The parameters of the request that the server does not know.
  let ignored: [String]

  /// Bytes that are collected before they are sent.
  static let pieceBytes = 64 << 10

  /// Returns a body that is written while it is sent.
  /// - Parameter memory: The reservation for the page, held until the body is sent.
  func body(_ layout: EventLayout, holding memory: MemoryReservation) -> ResponseBody {
    ResponseBody { output in
      var writer = EventWriter(layout)
      writer.begin()
      for event in page.events {
        writer.write(event)
        if writer.byteCount >= Self.pieceBytes { try await output.write(writer.takeBuffer()) }
      }
      writer.end(self)
      try await output.write(writer.takeBuffer())
      try await output.finish(nil)
      withExtendedLifetime(memory) {}
    }
  }
}

extension EventPage {
  /// Estimated memory in bytes.
  var byteCount: Int {
    events.reduce(0) { sum, event in
      sum + 256 + event.topic.utf8.count + event.eventID.utf8.count + event.source.utf8.count
        + (event.payload?.count ?? 0)
    }
  }
}

/// The layout of events in an answer.
enum EventLayout: String, CaseIterable, Sendable {
  /// In an object with the parameters of the query.
  case object
  /// In an array.
  case array
  /// One on each line (NDJSON).
  case ndjson
  /// Rows of comma-separated values with a header (RFC 4180).
  case csv

  /// The type of the answer.
  var type: ContentType {
    switch self {
    case .object, .array: .json
    case .ndjson: .ndjson
    case .csv: .csv
    }
  }

  /// The name of a file with the answer.
  var fileName: String {
    switch self {
    case .object, .array: "events.json"
    case .ndjson: "events.ndjson"
    case .csv: "events.csv"
    }
  }

  /// Whether the layout has no end, so that pages can follow each other.
  var isEndless: Bool { self == .ndjson || self == .csv }
}

/// Writes events in a layout.
struct EventWriter {
  private let layout: EventLayout
  private var json: JSONWriter

  init(_ layout: EventLayout) {
    self.layout = layout
    json = JSONWriter(oneLine: layout == .ndjson)
  }

  /// Bytes that were written and not taken.
  var byteCount: Int { json.buffer.readableBytes }

  /// Returns what was written since the last call.
  mutating func takeBuffer() -> ByteBuffer { json.takeBuffer() }

  /// Writes what comes before the events.
  mutating func begin() {
    switch layout {
    case .object:
      json.open(.object)
      json.name("events")
      json.open(.array)
    case .array: json.open(.array)
    case .ndjson: break
    case .csv: json.text(CSVRow.header)
    }
  }

  /// Writes one event.
  mutating func write(_ event: StoredEvent) {
    switch layout {
    case .object, .array: json.value(event)
    case .ndjson:
      json.value(event)
      json.endLine()
    case .csv: json.text(CSVRow.text(of: event))
    }
  }

  /// Writes what comes after the events of `page`.
  mutating func end(_ page: EventsPage) {
    switch layout {
    case .object:
      json.close(.array)
      writeMembers(of: page)
      json.close(.object)
      json.endLine()
    case .array:
      json.close(.array)
      json.endLine()
    case .ndjson, .csv: break
    }
  }

  private mutating func writeMembers(of page: EventsPage) {
    json.member("count", page.page.events.count)
    json.member("topic", page.query.topics.pattern)
    // The name that clients of older aggregators read.
    json.member("topic_filter", page.query.topics.pattern)
    json.member("limit", page.query.limit)
    json.member("complete", !page.page.hasMore)
    json.member("searched_until", page.page.searchedUntil.map(UTCTime.init(microseconds:)))
    json.member("next_cursor", page.next.cursor)
    if !page.ignored.isEmpty { json.member("ignored_parameters", page.ignored) }
  }
}

/// An event as a row of comma-separated values (RFC 4180).
enum CSVRow {
  /// The first row: the names of the columns.
  static let header = "topic,event_id,timestamp,source,payload,processed_at\r\n"

  /// Returns the row of `event`. The payload is its JSON text, and empty when there is none.
  static func text(of event: StoredEvent) -> String {
    let fields = [
      event.topic, event.eventID, UTCTime(microseconds: event.timestamp).text, event.source,
      event.payload.map { String(decoding: $0, as: UTF8.self) } ?? "",
      UTCTime(microseconds: event.processedAt).text,
    ]
    return fields.map(field).joined(separator: ",") + "\r\n"
  }

  /// Returns a field, with quotation marks around it if it needs them.
  private static func field(_ text: String) -> String {
    let special = ",\"\r\n".utf8
    guard text.utf8.contains(where: special.contains) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
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
