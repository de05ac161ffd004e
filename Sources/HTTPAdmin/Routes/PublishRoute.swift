import HTTPTypes
import Hummingbird
import Ingest
import Principals
import WireProtocol

/// `POST /publish` and `POST /publish/batch`: take events, and by default answer after their commit.
struct PublishRoute: Route {
  let path: String
  let method = HTTPRequest.Method.post
  let access = RouteAccess.role(.publish)
  let summary: String
  /// The form of a JSON body.
  private let form: PublishReader.Form
  private let services: PublishServices
  private let publisher: BatchPublisher
  private let bodies: BodyReader
  private let gatekeeper: Gatekeeper?
  /// Whether the good events of a request are stored unless the request says otherwise.
  private let isPartial: Bool
  /// The status of an answer after the commit.
  private let committed: HTTPResponse.Status

  /// The name of the route in the counts.
  private var input: InputName { form == .json ? .publish : .publishBatch }

  /// Creates both routes.
  static func all(
    _ services: PublishServices, publisher: BatchPublisher, bodies: BodyReader,
    gatekeeper: Gatekeeper?, isPartial: Bool, committed: HTTPResponse.Status = .ok
  ) -> [any Route] {
    [
      PublishRoute(
        path: "/publish", summary: "store an event, or several", form: .json, services: services,
        publisher: publisher, bodies: bodies, gatekeeper: gatekeeper, isPartial: isPartial,
        committed: committed),
      PublishRoute(
        path: "/publish/batch", summary: "store several events", form: .jsonBatch, services: services,
        publisher: publisher, bodies: bodies, gatekeeper: gatekeeper, isPartial: isPartial,
        committed: committed),
    ]
  }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let options = try PublishOptions(request, isPartial: isPartial)
    let quota = RequestQuota(context.login, services)
    try await quota?.wait(atMost: publisher.timeout)
    let reading = try await read(request, options, in: context)
    guard let columns = reading.columns else { throw Problem.noEvents }
    let sender = RequestSender(of: request, in: context, key: options.key, quota: quota, input: input)
    let outcome = try await publisher.publish(
      columns, dead: reading.dead, by: sender, until: options.acknowledgement)
    return .json(
      PublishAnswer(reading: reading, outcome: outcome), status: outcome == nil ? .accepted : committed,
      headers: options.isPreferred ? [.preferenceApplied: "respond-async"] : [:])
  }

  /// Checks that the sender may publish each topic that the events name, bad events included.
  /// - Throws: 403 that names a topic that it may not publish. Nothing of the request is stored then.
  private func checkTopics(
    of reading: PublishReader.Reading, _ rights: TopicRights, in context: AdminContext
  ) throws(Problem) {
    guard rights != .all else { return }
    let inColumns = try firstForbidden(in: reading.columns, rights)
    guard let topic = reading.forbiddenTopic ?? inColumns else { return }
    throw gatekeeper?.refusal(toPublish: topic, by: context.login, in: context) ?? .topicNotAllowed(topic)
  }

  /// Returns the first topic of the columns that is not permitted.
  private func firstForbidden(in columns: [UInt8]?, _ rights: TopicRights) throws(Problem) -> String? {
    guard let columns else { return nil }
    guard let events = try? EventColumns(columns, limits: services.batchLimits) else {
      assertionFailure("columns that were built within the limits must be valid")
      throw .internalFailure
    }
    return events.firstTopic(notPermittedBy: rights)
  }

  /// Reads the events.
  /// - Throws: 403 when a topic may not be published; then 422 when some events are bad and the client did not ask
  ///   for `partial=true`.
  private func read(
    _ request: Request, _ options: PublishOptions, in context: AdminContext
  ) async throws -> PublishReader.Reading {
    let form = options.isLines ? .lines : form
    let rights = context.login?.principal.publishTopics ?? .all
    let reading = try await bodies.withBody(of: request, in: context) { bytes throws(Problem) in
      try PublishReader.read(
        bytes, as: form, batch: services.batchLimits, event: services.eventLimits,
        isPartial: options.isPartial, rights: rights)
    }
    try checkTopics(of: reading, rights, in: context)
    let takesTheRest = options.isPartial && !reading.isMisshapen
    guard reading.faults.badEvents == 0 || takesTheRest else { throw Problem.badEvents(reading) }
    return reading
  }
}

extension EventColumns {
  /// Returns the first topic that is not permitted; nil when all are. Dead events that name no topic have the empty one,
  /// which needs no right.
  func firstTopic(notPermittedBy rights: TopicRights) -> String? {
    topicRanges().first { !$0.isEmpty && !rights.permit(bytes[$0]) }
      .map { String(decoding: bytes[$0], as: UTF8.self) }
  }
}
