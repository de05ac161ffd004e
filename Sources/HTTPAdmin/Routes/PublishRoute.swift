import HTTPTypes
import Hummingbird

/// `POST /publish` and `POST /publish/batch`: events in, and the answer after they are durable.
struct PublishRoute: Route {
  let path: String
  let method = HTTPRequest.Method.post
  let summary: String
  /// How events stand in a JSON body.
  private let form: PublishReader.Form
  private let services: PublishServices
  private let intake: PublishIntake
  private let bodies: BodyReader

  /// The two routes over the same intake.
  static func all(_ services: PublishServices, intake: PublishIntake, bodies: BodyReader) -> [any Route] {
    [
      PublishRoute(
        path: "/publish", summary: "store an event, or several", form: .json, services: services,
        intake: intake,
        bodies: bodies),
      PublishRoute(
        path: "/publish/batch", summary: "store several events", form: .jsonBatch, services: services,
        intake: intake, bodies: bodies),
    ]
  }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let options = try PublishOptions(request)
    let reading = try await read(request, options, in: context)
    guard let columns = reading.columns else { throw Problem.noEvents }
    let outcome = try await intake.publish(columns, key: options.key, until: options.acknowledgement)
    return .json(
      PublishAnswer(reading: reading, outcome: outcome), status: outcome == nil ? .accepted : .ok,
      headers: options.isPreferred ? [.preferenceApplied: "respond-async"] : [:])
  }

  /// Reads the events.
  /// - Throws: 422 when some are bad and the client does not want the others alone.
  private func read(
    _ request: Request, _ options: PublishOptions, in context: AdminContext
  ) async throws -> PublishReader.Reading {
    let form = options.isLines ? .lines : form
    let reading = try await bodies.withBody(of: request, in: context) { bytes throws(Problem) in
      try PublishReader.read(
        bytes, as: form, batch: services.batchLimits, event: services.eventLimits,
        skipsBadLines: options.isPartial)
    }
    let takesTheRest = options.isPartial && !reading.isMisshapen && reading.count > 0
    guard reading.faults.badEvents == 0 || takesTheRest else { throw Problem.badEvents(reading) }
    return reading
  }
}
