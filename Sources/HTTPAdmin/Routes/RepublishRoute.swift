import HTTPTypes
import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats
import WireProtocol

/// `POST /dead/{dead_id}/republish`: publishes a dead event again, waits for its commit, and marks it.
///
/// A request that ends between the commit and the mark is harmless: the event keeps its id, so a repetition finds it
/// stored and marks it.
struct RepublishRoute: Route {
  let path = "/dead/{dead_id}/republish"
  let method = HTTPRequest.Method.post
  let access = RouteAccess.role(.admin)
  let summary = "publishes a dead event again, as it is kept or with the members of the body"
  let dead: any DeadEventStore
  let queries: any EventQueries
  let services: PublishServices
  let publisher: BatchPublisher
  let bodies: BodyReader
  let gatekeeper: Gatekeeper?

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let quota = RequestQuota(context.login, services)
    try await quota?.wait(atMost: publisher.timeout)
    let place = try place(in: context)
    let event = try RepublishedEvent(
      try await unmarked(place, in: context), try await edit(of: request, in: context))
    try checkTopic(of: event, in: context)
    let sender = RequestSender(of: request, in: context, key: nil, quota: quota, input: .republish)
    let outcome = try await publish(event, by: sender)
    let answer = RepublishAnswer(place: place, outcome: outcome, at: try await mark(place, after: outcome))
    services.activity.eventRepublished()
    return .json(answer)
  }

  private func place(in context: AdminContext) throws(Problem) -> DeadEventPlace {
    guard let place = DeadEventPlace(try context.pathName("dead_id")) else { throw .noSuchDeadEvent }
    return place
  }

  /// Returns the dead event.
  /// - Throws: 404 when there is none, or none that the reader may see; 409 when it was published again before.
  private func unmarked(_ place: DeadEventPlace, in context: AdminContext) async throws -> StoredDeadEvent {
    let event = try await dead.deadEvent(at: place)
    guard let event, event.topic.map(context.mayRead) ?? (context.permittedTopics == nil) else {
      throw Problem.noSuchDeadEvent
    }
    if let time = event.republishedAt { throw Problem.alreadyRepublished(at: time) }
    return event
  }

  private func edit(of request: Request, in context: AdminContext) async throws -> DeadEventEdit {
    let type = request.headers[.contentType].flatMap { MediaType(field: $0) }
    let isJSON = type.map { $0.name == ContentType.json.rawValue && $0.isUTF8 } ?? false
    return try await bodies.withBody(of: request, in: context) { [services] bytes throws(Problem) in
      try DeadEventEdit.read(bytes, isJSON: isJSON, limits: services.eventLimits)
    }
  }

  /// Checks that the sender may read and publish the topic.
  /// - Throws: 403 when it may not.
  private func checkTopic(of event: RepublishedEvent, in context: AdminContext) throws(Problem) {
    guard let principal = context.login?.principal else { return }
    guard principal.publishTopics.permit(event.topic), principal.readTopics.permit(event.topic) else {
      let topic = String(decoding: event.topic, as: UTF8.self)
      throw gatekeeper?.refusal(toPublish: topic, by: context.login, in: context) ?? .topicNotAllowed(topic)
    }
  }

  /// Publishes the event.
  /// - Throws: 422 when it is refused again, 503 when it is not accepted, or not committed in time.
  private func publish(
    _ event: RepublishedEvent, by sender: RequestSender
  ) async throws -> RepublishAnswer.Outcome {
    let columns = try event.columns(services.batchLimits, services.eventLimits)
    let batch = try publisher.complete(columns, [])
    guard let settled = try await publisher.publish([batch], by: sender).first,
      let counts = settled.outcome.counts
    else { throw Problem.storeUnavailable }
    assert(counts.received == 1, "the batch has one event")
    if counts.dead > 0 { throw Problem.refusedByDatabase(try await refusal(of: settled.key)) }
    return counts.unique > 0 ? .stored : .duplicate
  }

  /// Returns the new dead event of a batch; nil when it is not found among the latest.
  private func refusal(of batch: BatchKey) async throws(QueryError) -> StoredDeadEvent? {
    var query = DeadEventQuery(limit: 100)
    query.producer = batch.producer
    return try await queries.deadEvents(query).events.first { $0.sequence == Int64(batch.sequence) }
  }

  /// Marks the dead event.
  /// - Returns: the time of the mark, or the present when the dead event was deleted meanwhile.
  /// - Throws: 409 when another request marked it first. It says what became of the event of this request.
  private func mark(
    _ place: DeadEventPlace, after outcome: RepublishAnswer.Outcome
  ) async throws -> UTCTime {
    if let time = try await dead.markRepublished(place) { return UTCTime(microseconds: time) }
    if let time = try await dead.deadEvent(at: place)?.republishedAt {
      throw Problem.republishedMeanwhile(at: time, isStored: outcome == .stored)
    }
    return .now
  }
}

/// The answer of `POST /dead/{dead_id}/republish`.
private struct RepublishAnswer: JSONWritable {
  enum Outcome: String {
    /// The event was stored now.
    case stored
    /// An event with its topic and id was stored before.
    case duplicate
  }

  let place: DeadEventPlace
  let outcome: Outcome
  let at: UTCTime

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("dead_id", place.description)
      writer.member("outcome", outcome.rawValue)
      writer.member("republished_at", at)
    }
  }
}
