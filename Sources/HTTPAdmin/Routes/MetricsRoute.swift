import Hummingbird
import Ingest
import NIOCore

/// `GET /metrics`: every metric of `MetricTable`, for Prometheus and its like.
struct MetricsRoute: Route {
  let path = "/metrics"
  let summary = "every metric, for Prometheus"
  let version: String
  let queries: any EventQueries
  let status: @Sendable () -> ServerStatus
  /// The answers of all routes.
  var answers = AnswerCounts()
  /// Who follows the live tail; nil where there is none.
  var turnstile: TailTurnstile?

  /// How long the database's counters may wait behind other queries. With the time that a query may run it
  /// stays below the ten seconds after which Prometheus gives up, as a scrape must arrive above all when the
  /// database is slow.
  var patience = Duration.seconds(2)

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.exposition])
    return .content(await exposition(), .exposition)
  }

  /// The body of an answer.
  func exposition() async -> ByteBuffer {
    let totals = await totals()
    let scrape = Scrape(
      status: status(), totals: totals, version: version, answers: answers.snapshot(),
      subscribers: turnstile?.subscribers ?? 0)
    var writer = ExpositionWriter()
    for metric in MetricTable.all { writer.write(metric, of: scrape) }
    return writer.buffer
  }

  /// The counters of the database; nil when it does not tell them in time, which is a figure like any other
  /// here.
  private func totals() async -> StoreTotals? {
    await Deadline.within(patience) { [queries] in try? await queries.totals() } ?? nil
  }
}
