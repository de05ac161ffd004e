import HTTPTypes
import Hummingbird
import Ingest
import InsertFormats

/// `POST /insert/loki/api/v1/push`: takes the entries of a push request of Loki in JSON.
struct LokiRoute: InsertRoute {
  let path = "/insert/loki/api/v1/push"
  let summary = "store the entries of a push request of Loki"
  private let requests: InsertRequests

  init(_ requests: InsertRequests) {
    self.requests = requests
  }

  func insert(_ request: Request, in context: AdminContext) async throws -> Response {
    try InsertContent.check(request, isOneOf: [ContentType.json.rawValue])
    let parameters = QueryParameters(request)
    let rule = LokiRule(
      topicLabel: try parameters.eventName("_topic_label"), topic: try parameters.eventName("topic"),
      source: try parameters.eventName("source"))
    let outcome = try await requests.insert(request, in: context, by: .loki) {
      bytes, collector throws(Problem) in
      let text = try BodyText.range(of: bytes)
      var reader = LokiPushReader(rule)
      do throws(InsertFormatError) {
        try reader.read(text, of: bytes, into: &collector)
      } catch {
        throw .malformedBody(error)
      }
    }
    let isNothingStored = outcome.batches.allSatisfy { $0.outcome.counts?.hasOnlyDead == true }
    if let reason = outcome.reading.firstReason, isNothingStored {
      throw Problem(
        status: .badRequest, kind: .badEvent,
        detail: "No entry can be stored, so all are dead events; the first: \(reason).")
    }
    return Response(status: .noContent)
  }

  func answer(to problem: Problem, _ request: Request) -> Response {
    .bytes(
      Array("\(problem.detail)\n".utf8), type: "text/plain; charset=utf-8", status: problem.status,
      headers: problem.headers)
  }
}
