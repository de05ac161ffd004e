import Hummingbird
import Ingest
import NIOCore
internal import StoreInterface

/// `GET /metrics`: all metrics of `MetricTable`, in the format of Prometheus.
struct MetricsRoute: Route {
  let path = "/metrics"
  let access = RouteAccess.metrics
  let summary = "every metric, for Prometheus"
  let version: String
  let queries: any EventQueries
  let status: @Sendable () -> ServerStatus
  /// The answers of all routes.
  var answers = AnswerCounts()
  /// The subscribers of the live tail; nil without a tail.
  var limit: SubscriberLimit?

  /// Time that the counters of the database may wait for other queries. Together with the timeout of a query
  /// it is less than the ten seconds after which Prometheus gives up, because metrics matter most when the
  /// database is slow.
  var timeout = Duration.seconds(2)

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.exposition])
    return .content(await exposition(), .exposition)
  }

  /// Returns the body of an answer.
  func exposition() async -> ByteBuffer {
    let totals = await totals()
    let scrape = Scrape(
      status: status(), totals: totals, version: version, answers: answers.snapshot(),
      subscribers: limit?.subscribers ?? 0)
    var writer = ExpositionWriter()
    for metric in MetricTable.all { writer.write(metric, of: scrape) }
    return writer.buffer
  }

  /// Returns the counters of the database; nil when they do not arrive in time. The answer shows that as
  /// `sluice_database_up 0`.
  private func totals() async -> StoreTotals? {
    await Deadline.within(timeout) { [queries] in try? await queries.totals() } ?? nil
  }
}
