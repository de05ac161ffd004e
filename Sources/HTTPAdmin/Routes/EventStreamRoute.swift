import HTTPTypes
import Hummingbird
import Ingest
import Principals
internal import StoreInterface

/// `GET /events/stream`: events as they are committed, as server-sent events or as lines.
struct EventStreamRoute: Route {
  let path = "/events/stream"
  let access = RouteAccess.role(.read)
  let summary =
    "events as they are committed: topic (or prefix*), source, event_id, since, until, by, q, field.*, format"
  let tail: any EventTail
  let broadcaster: TailBroadcaster
  let limit: SubscriberLimit
  let settings: TailSettings

  private static let known = KnownParameters(
    EventFilter.parameterNames + ["format"], prefix: EventFilter.fieldPrefix)

  /// The values of the parameter `format`.
  enum Format: String, CaseIterable {
    /// Server-sent events, or what the client accepts.
    case events
    /// One event on each line.
    case ndjson
  }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    let parameters = QueryParameters(request)
    _ = try Self.known.ignored(in: parameters)
    let named = try parameters.choice("format", of: Format.self)
    let type = try request.negotiated(named == .ndjson ? [.ndjson] : [.eventStream, .ndjson])
    var filter = try EventFilter(parameters, now: .now)
    filter.permitted = context.permittedTopics
    let start = try lastEvent(of: request)
    guard let permit = limit.enter() else { throw Problem.tooManySubscribers }
    // Read here as well so that an unavailable database gives an error status instead of a broken stream.
    let present = try await tail.tailPosition()
    if let start,
      let ending = TailValidity.objection(to: start.window.to, at: present, oldest: settings.oldest)
    {
      throw Problem.gone(ending)
    }
    let stream = TailStream(
      broadcaster: broadcaster, tail: tail, filter: filter,
      text: type == .ndjson ? .lines : .serverSentEvents, start: start, settings: settings, permit: permit)
    return Response(
      status: .ok, headers: [.contentType: type.fieldValue, .vary: "Accept"], body: stream.body)
  }

  /// Returns the position of the last event that the subscriber received; nil without `Last-Event-ID`.
  private func lastEvent(of request: Request) throws(Problem) -> TailCursor? {
    guard let id = request.headers[.lastEventID], !id.isEmpty else { return nil }
    guard let cursor = TailCursor(id) else {
      throw .badField("Last-Event-ID", "It must be the id of an event of this stream, or absent.")
    }
    return cursor
  }
}
