import HTTPTypes
import Hummingbird
import Ingest
import Principals
internal import StoreInterface

/// `GET /events`: committed events by time, the newest first.
struct EventsRoute: Route {
  let path = "/events"
  let access = RouteAccess.role(.read)
  let summary =
    "stored events: topic (or prefix*), source, event_id, since, until, by, q, field.*, order, limit, cursor, "
    + "offset, format, download"
  let queries: any EventQueries
  /// The memory for the pages of all requests.
  let memory: MemoryBudget
  /// The layout of an answer to a request without `format` that accepts JSON.
  let defaultLayout: EventLayout

  /// The page size of an answer without end.
  private static let exportLimit = 1_000

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    let parameters = QueryParameters(request)
    let ignored = try EventRequest.known.ignored(in: parameters)
    let layout = try layout(of: request, parameters)
    let wanted = try EventRequest(parameters, now: .now)
    var query = wanted.query
    query.permitted = context.permittedTopics
    let isExport = try layout.isEndless && parameters.value("limit") == nil
    if isExport { query.limit = Self.exportLimit }
    let isDownload = try parameters.isTrue("download")
    let found = try await queries.events(matching: query)
    let reserved = try memory.reservePage(found.byteCount)
    let next = NextPage(isExport ? nil : found.next.map(wanted.cursor), after: request)
    var headers = next.fields
    headers[.contentType] = layout.type.fieldValue
    headers[.vary] = "Accept"
    if isDownload {
      headers[.contentDisposition] = "attachment; filename=\"\(layout.fileName)\""
    }
    let body =
      isExport
      ? EventExport(queries: queries, memory: memory, layout: layout).body(found, holding: reserved)
      : EventsPage(query: query, page: found, next: next, ignored: ignored).body(layout, holding: reserved)
    return Response(status: .ok, headers: headers, body: body)
  }

  /// Returns the layout that `format` names, or that the client accepts.
  private func layout(of request: Request, _ parameters: QueryParameters) throws(Problem) -> EventLayout {
    let named = try parameters.choice("format", of: EventLayout.self)
    if let named, named.isEndless { return named }
    switch try request.negotiated([.json, .ndjson, .csv]) {
    case .ndjson: return .ndjson
    case .csv: return .csv
    default: return named ?? defaultLayout
    }
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
