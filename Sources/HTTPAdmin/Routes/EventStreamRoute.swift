import HTTPTypes
import Hummingbird
import Ingest
import Principals
internal import StoreInterface

/// `GET /events/stream`: events as they are committed, as server-sent events.
struct EventStreamRoute: Route {
  let path = "/events/stream"
  let access = RouteAccess.role(.read)
  let summary = "events as they are committed, as server-sent events: topic (or prefix*), source"
  let tail: any EventTail
  let broadcaster: TailBroadcaster
  let limit: SubscriberLimit
  let settings: TailSettings

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.eventStream])
    var filter = try TailFilter(QueryParameters(request))
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
      broadcaster: broadcaster, tail: tail, filter: filter, start: start, settings: settings, permit: permit)
    return Response(
      status: .ok, headers: [.contentType: ContentType.eventStream.fieldValue], body: stream.body)
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

extension TailFilter {
  /// Reads the parameters of `GET /events/stream`.
  fileprivate init(_ parameters: QueryParameters) throws(Problem) {
    let topic = try parameters.eventName("topic")
    self.init(source: try parameters.eventName("source"))
    guard let topic else { return }
    topics = topic.hasSuffix("*") ? .prefix(String(topic.dropLast())) : .one(topic)
  }
}
