import HTTPTypes
import Hummingbird
import Ingest

/// `GET /events/stream`: events as they are committed, as server-sent events.
struct EventStreamRoute: Route {
  let path = "/events/stream"
  let summary = "events as they are committed, as server-sent events: topic (or prefix*), source"
  let tail: any EventTail
  let hub: TailHub
  let turnstile: TailTurnstile
  let settings: TailSettings

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.eventStream])
    let filter = try TailFilter(QueryParameters(request))
    let start = try lastEvent(of: request)
    guard let ticket = turnstile.enter() else { throw Problem.tooManySubscribers }
    // Also so that a database that is away is told by the status.
    let present = try await tail.tailPosition()
    if let start,
      let ending = TailValidity.objection(to: start.window.to, at: present, oldest: settings.oldest)
    {
      throw Problem.gone(ending)
    }
    let stream = TailStream(
      hub: hub, tail: tail, filter: filter, start: start, settings: settings, ticket: ticket)
    return Response(
      status: .ok, headers: [.contentType: ContentType.eventStream.fieldValue], body: stream.body)
  }

  /// Where the subscriber was.
  private func lastEvent(of request: Request) throws(Problem) -> TailCursor? {
    guard let id = request.headers[.lastEventID], !id.isEmpty else { return nil }
    guard let cursor = TailCursor(id) else {
      throw .badField("Last-Event-ID", "It must be the id of an event of this stream, or absent.")
    }
    return cursor
  }
}

extension TailFilter {
  /// What the parameters of `GET /events/stream` ask for.
  fileprivate init(_ parameters: QueryParameters) throws(Problem) {
    let topic = try parameters.eventName("topic")
    self.init(source: try parameters.eventName("source"))
    guard let topic else { return }
    topics = topic.hasSuffix("*") ? .prefix(String(topic.dropLast())) : .one(topic)
  }
}
