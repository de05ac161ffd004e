import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats
import WireProtocol

/// `GET /dead`: events that cannot be stored, with the reason.
struct DeadEventsRoute: Route {
  let path = "/dead"
  let access = RouteAccess.role(.admin)
  let summary = "dead events with their reasons: limit, cursor"
  let queries: any EventQueries
  /// The memory for the pages of all requests.
  let memory: MemoryBudget

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let limit = try parameters.pageLimit()
    let place = try parameters.cursor(for: path) { DeadEventPlace($0) }
    // One more event than the page holds, to know whether there is a next page.
    let found = try await queries.deadEvents(after: place, limit: limit + 1)
    let events = Array(found.prefix(limit))
    let reserved = try memory.reservePage(events.reduce(0) { $0 + 512 + 3 * $1.bytes.count })
    defer { withExtendedLifetime(reserved) {} }
    let last = found.count > limit ? events.last : nil
    let next = NextPage(last.map { $0.place.cursor.text(for: path) }, after: request)
    // A page of a reader with few topics may be short or empty, and still have a next page.
    let shown = events.filter { event in
      event.topic.map(context.mayRead) ?? (context.permittedTopics == nil)
    }
    return .json(DeadEventPage(events: shown, limit: limit, next: next), headers: next.fields)
  }
}

extension DeadEventPlace {
  /// Reads a cursor of `/dead`; nil when `cursor` is not one.
  fileprivate init?(_ cursor: PageCursor) {
    guard cursor.fields.count == 2, let batchID = cursor.number(0, as: Int64.self),
      let position = cursor.number(1, as: Int64.self)
    else { return nil }
    self.init(batchID: batchID, position: Int(position))
  }

  fileprivate var cursor: PageCursor {
    PageCursor([PageCursor.bytes(of: batchID), PageCursor.bytes(of: Int64(position))])
  }
}

/// The answer of `GET /dead`.
private struct DeadEventPage: JSONWritable {
  let events: [StoredDeadEvent]
  let limit: Int
  let next: NextPage

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("dead_events", events)
      writer.member("count", events.count)
      writer.member("limit", limit)
      writer.member("next_cursor", next.cursor)
    }
  }
}

extension StoredDeadEvent: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("reason", reason)
      writer.member("detail", detail)
      writer.member("producer", producer.description)
      writer.member("sequence", sequence)
      writer.member("position", place.position)
      writer.member("at", UTCTime(microseconds: keptAt))
      writer.member("topic", topic)
      writer.member("event_id", eventID)
      writer.member("source", source)
      writer.member("timestamp", timestamp.map(UTCTime.init(microseconds:)))
      writer.member("bytes", Base64.text(bytes))
      writer.member("byte_count", byteCount)
    }
  }
}
