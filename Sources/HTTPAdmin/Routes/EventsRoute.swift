import HTTPTypes
import Hummingbird
import Ingest

/// `GET /events`: committed events, the newest first.
struct EventsRoute: Route {
  let path = "/events"
  let summary = "stored events: topic, source, limit, format=array"
  let queries: any EventQueries

  /// The values of the parameter `format`.
  enum Format: String, CaseIterable {
    /// An object around the events.
    case object
    /// The bare array.
    case array
  }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    let type = try request.negotiated([.json, .ndjson])
    let parameters = QueryParameters(request)
    let format = try parameters.choice("format", of: Format.self) ?? .object
    let query = EventQuery(
      topic: try parameters.eventName("topic"), source: try parameters.eventName("source"),
      limit: try parameters.integer("limit", in: 1...1000) ?? 100)
    let page = EventsPage(query: query, events: try await queries.events(matching: query))
    let layout: EventsPage.Layout =
      switch (type, format) {
      case (.ndjson, _): .lines
      case (_, .array): .array
      case (_, .object): .object
      }
    return Response(
      status: .ok, headers: [.contentType: type.fieldValue, .vary: "Accept"], body: page.body(layout))
  }
}
