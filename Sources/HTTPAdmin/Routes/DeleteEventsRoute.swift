import HTTPTypes
import Hummingbird
import Ingest
import Principals
internal import StoreInterface

/// `DELETE /events`: deletes the events of a filter, after a request without `confirm` has said how many they are.
struct DeleteEventsRoute: Route {
  let path = "/events"
  let method = HTTPRequest.Method.delete
  let access = RouteAccess.role(.admin)
  let summary = "deletes events: topic (or prefix*), source, event_id, since, until, by, q, field.*, confirm"
  let purge: any EventPurge

  private static let known = KnownParameters(
    EventFilter.parameterNames + ["confirm"], prefix: EventFilter.fieldPrefix)

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    // A parameter that is ignored would delete more than was meant.
    if let name = try Self.known.ignored(in: parameters).first {
      throw Problem.badParameter(name, "There is no such parameter.")
    }
    var filter = try EventFilter(parameters, now: .now)
    guard filter != EventFilter(clock: filter.clock) else { throw Problem.nothingSelected }
    filter.permitted = context.permittedTopics
    let confirmed = try parameters.integer("confirm", in: 0...Int.max).map { Int64($0) }
    let (found, end) = try await total(PurgeStep(filter, .count))
    guard let confirmed else { return .json(PurgeAnswer(found: found, deleted: nil)) }
    guard confirmed == found else { throw Problem.confirmationDiffers(confirmed, found) }
    // An event that is stored after the count is not deleted in place of a counted one.
    let deletion = PurgeStep(filter, before: end, .delete(atMost: confirmed))
    return .json(PurgeAnswer(found: found, deleted: try await total(deletion).events))
  }

  /// Runs a purge to its end. A request that is given up stops it between two pieces.
  /// - Returns: Number of events, and the time before which they were stored.
  private func total(_ step: PurgeStep) async throws -> (events: Int64, end: Int64?) {
    var total: Int64 = 0
    var end: Int64?
    var next: PurgeStep? = step
    while let step = next {
      try Task.checkCancellation()
      let progress = try await purge.purge(step)
      total += progress.events
      end = end ?? progress.end
      next = progress.next
    }
    return (total, end)
  }
}

/// The answer of `DELETE /events`.
private struct PurgeAnswer: JSONWritable {
  let found: Int64
  /// Number of deleted events; nil for a dry run.
  let deleted: Int64?

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("found", found)
      writer.member("deleted", deleted ?? 0)
      writer.member("dry_run", deleted == nil)
    }
  }
}

extension Problem {
  /// A deletion without a filter.
  fileprivate static let nothingSelected = badParameter(
    "topic", "A deletion needs at least one filter: topic, source, event_id, since, until, q or field.*.")

  /// A deletion of another number of events than the client was told.
  fileprivate static func confirmationDiffers(_ confirmed: Int64, _ found: Int64) -> Problem {
    let detail =
      "The filter selects \(found) events, not \(confirmed). Nothing was deleted. Look at the number of a request without "
      + "\"confirm\", and send that; an \"until\" keeps new events out."
    return Problem(
      status: .conflict, kind: .confirmationDiffers, detail: detail,
      errors: [Fault(place: .parameter("confirm"), detail: detail)])
  }
}
