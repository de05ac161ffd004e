import HTTPTypes
import Hummingbird
import Ingest
import InsertFormats
import WireProtocol

/// `POST /insert/opentelemetry/v1/logs`: takes the logs of OTLP/HTTP.
struct LogsRoute: InsertRoute {
  let path = "/insert/opentelemetry/v1/logs"
  let summary = "store the logs of a request of OTLP/HTTP"
  private let requests: InsertRequests

  init(_ requests: InsertRequests) {
    self.requests = requests
  }

  func insert(_ request: Request, in context: AdminContext) async throws -> Response {
    let encoding = try Self.encoding(of: request)
    let rule = try Self.rule(of: request)
    let outcome = try await requests.insert(request, in: context, by: .logs) {
      bytes, collector throws(Problem) in
      do throws(InsertFormatError) {
        switch encoding {
        case .protobuf:
          var reader = ProtobufLogsReader(rule)
          try reader.read(0..<bytes.byteCount, of: bytes, into: &collector)
        case .json:
          var reader = JSONLogsReader(rule)
          try reader.read(try Self.text(of: bytes), of: bytes, into: &collector)
        }
      } catch {
        throw .malformedBody(error)
      }
    }
    let rejected = max(outcome.reading.dead, outcome.sum(\.dead) ?? 0)
    let reason = outcome.reading.firstReason ?? "the database refuses the event"
    let message = "\(rejected) records cannot be stored and are dead events; the first: \(reason)"
    return .bytes(
      ExportAnswer.success(rejected: rejected, message: message, encoding), type: encoding.rawValue)
  }

  func answer(to problem: Problem, _ request: Request) -> Response { Self.answer(to: problem, request) }

  /// Returns the answer with a status of gRPC, in the encoding of the request.
  static func answer(to problem: Problem, _ request: Request) -> Response {
    let encoding = (try? encoding(of: request)) ?? .json
    return .bytes(
      ExportAnswer.failure(code: code(of: problem.status), message: problem.detail, encoding),
      type: encoding.rawValue, status: problem.status, headers: problem.headers)
  }

  /// Returns the code of gRPC for a status (https://github.com/googleapis/googleapis, `google/rpc/code.proto`).
  private static func code(of status: HTTPResponse.Status) -> Int {
    switch status.code {
    case 401: 16
    case 403: 7
    case 404: 12
    case 429: 8
    case 500: 13
    case 503: 14
    default: 3
    }
  }

  private static func encoding(of request: Request) throws(Problem) -> ExportAnswer.Encoding {
    guard let encoding = ExportAnswer.Encoding(rawValue: InsertContent.type(of: request)) else {
      throw .unsupportedInsertType([
        ExportAnswer.Encoding.protobuf.rawValue, ExportAnswer.Encoding.json.rawValue,
      ])
    }
    return encoding
  }

  /// The range of JSON in a body. A compressed body is no JSON.
  private static func text(of bytes: RawSpan) throws(InsertFormatError) -> Range<Int> {
    do throws(Problem) {
      return try BodyText.range(of: bytes)
    } catch {
      throw InsertFormatError(offset: 0, message: error.detail)
    }
  }

  private static func rule(of request: Request) throws(Problem) -> LogRule {
    let parameters = QueryParameters(request)
    return LogRule(
      topicAttribute: try parameters.eventName("_topic_attribute") ?? LogRule.standardTopicAttribute,
      idAttribute: try parameters.eventName("_id_attribute") ?? LogRule.standardIDAttribute,
      topic: try parameters.eventName("topic"), source: try parameters.eventName("source"))
  }
}

/// `POST /insert/opentelemetry/v1/traces` and `/v1/metrics`: says that Sluice stores logs alone.
struct UnsupportedSignalRoute: InsertRoute {
  let path: String
  let summary = "say that only logs of OTLP are stored"

  static func all() -> [any Route] {
    ["traces", "metrics"].map { UnsupportedSignalRoute(path: "/insert/opentelemetry/v1/\($0)") }
  }

  func insert(_ request: Request, in context: AdminContext) async throws -> Response {
    throw Problem(
      status: .notFound, kind: nil,
      detail: "Sluice stores logs alone: send traces and metrics elsewhere, and logs to "
        + "/insert/opentelemetry/v1/logs.")
  }

  func answer(to problem: Problem, _ request: Request) -> Response { LogsRoute.answer(to: problem, request) }
}
