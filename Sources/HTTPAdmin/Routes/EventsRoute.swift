import HTTPTypes
import Hummingbird
import Ingest
import Principals
internal import StoreInterface

/// `GET /events`: committed events by event time, the newest first.
struct EventsRoute: Route {
  let path = "/events"
  let access = RouteAccess.role(.read)
  let summary = "stored events: topic, source, event_id, since, until, order, limit, cursor, offset, format"
  let queries: any EventQueries
  /// The memory for the pages of all requests.
  let memory: MemoryBudget
  /// The format of an answer to a request without `format`.
  let defaultFormat: Format

  /// The values of the parameter `format`.
  enum Format: String, CaseIterable {
    /// An object with the array of events.
    case object
    /// The bare array.
    case array
  }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    let type = try request.negotiated([.json, .ndjson])
    let parameters = QueryParameters(request)
    let format = try parameters.choice("format", of: Format.self) ?? defaultFormat
    var query = try EventQuery(parameters)
    query.permitted = context.permittedTopics
    let found = try await queries.events(matching: query)
    let cursor = found.hasMore ? found.events.last.map { query.cursor(after: $0) } : nil
    let page = EventsPage(query: query, events: found.events, next: NextPage(cursor, after: request))
    let reserved = try memory.reservePage(page.byteCount)
    let layout: EventsPage.Layout =
      switch (type, format) {
      case (.ndjson, _): .lines
      case (_, .array): .array
      case (_, .object): .object
      }
    var headers = page.next.fields
    headers[.contentType] = type.fieldValue
    headers[.vary] = "Accept"
    return Response(status: .ok, headers: headers, body: page.body(layout, holding: reserved))
  }
}

/// `GET /events/{topic}/{event_id}`: one event by its key.
struct EventRoute: Route {
  let path = "/events/{topic}/{event_id}"
  let access = RouteAccess.role(.read)
  let summary = "one event by its key"
  let queries: any EventQueries
  /// The memory for the pages of all requests.
  let memory: MemoryBudget

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let key = EventKey(
      topic: try context.pathName("topic"), eventID: try context.pathName("event_id"))
    // The same answer as for an event that does not exist, so that nobody learns of it.
    guard context.mayRead(key.topic), let event = try await queries.event(key) else {
      throw Problem.noSuchEvent
    }
    let reserved = try memory.reservePage(2 * (event.payload?.count ?? 0))
    defer { withExtendedLifetime(reserved) {} }
    return .json(event)
  }
}
