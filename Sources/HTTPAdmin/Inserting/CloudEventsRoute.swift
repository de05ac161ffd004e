import HTTPTypes
import Hummingbird
import Ingest
import InsertFormats
import Principals
import WireProtocol

/// `POST /insert/cloudevents`: takes CloudEvents 1.0 over HTTP, in each of their modes.
struct CloudEventsRoute: Route {
  let path = "/insert/cloudevents"
  let method = HTTPRequest.Method.post
  let access = RouteAccess.role(.publish)
  let summary = "store CloudEvents"
  private let requests: InsertRequests

  init(_ requests: InsertRequests) {
    self.requests = requests
  }

  /// The modes of the HTTP binding.
  private enum Mode: Sendable {
    case structured
    case batch
    /// The attributes by name, and the content type of the data.
    case binary([(name: String, value: String)], contentType: String?)
  }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    let mode = try Self.mode(of: request)
    let rule = try Self.rule(of: request)
    let outcome = try await requests.insert(request, in: context, by: .cloudEvents) {
      bytes, collector throws(Problem) in
      try Self.read(bytes, mode, rule, into: &collector)
    }
    if case .batch = mode {
      guard outcome.reading.count > 0 else { throw Problem.noEvents }
    } else if let reason = outcome.reading.firstReason {
      throw Problem(
        status: .badRequest, kind: .badEvent,
        detail: "The event cannot be stored and is a dead event: \(reason).")
    }
    return .json(CloudEventsAnswer(outcome))
  }

  private static func read(
    _ bytes: RawSpan, _ mode: Mode, _ rule: CloudEventRule, into collector: inout InsertCollector
  ) throws(Problem) {
    var reader = CloudEventReader(rule)
    do throws(InsertFormatError) {
      switch mode {
      case .structured: try reader.readEvent(0..<bytes.byteCount, of: bytes, into: &collector)
      case .batch: try reader.readBatch(0..<bytes.byteCount, of: bytes, into: &collector)
      case .binary(let attributes, let type):
        try reader.readBinary(
          attributes: attributes, contentType: type, data: 0..<bytes.byteCount, of: bytes, into: &collector)
      }
    } catch {
      throw .malformedBody(error)
    }
  }

  private static func mode(of request: Request) throws(Problem) -> Mode {
    switch InsertContent.type(of: request) {
    case "application/cloudevents+json": return .structured
    case "application/cloudevents-batch+json": return .batch
    case let type where type.hasPrefix("application/cloudevents"):
      throw .unsupportedInsertType(["application/cloudevents+json", "application/cloudevents-batch+json"])
    default: break
    }
    var attributes: [(name: String, value: String)] = []
    for field in request.headers {
      let name = field.name.canonicalName
      guard name.hasPrefix("ce-") else { continue }
      do {
        attributes.append(
          (String(name.dropFirst(3)), try PercentDecoding.decode(Substring(field.value), plusIsSpace: false)))
      } catch {
        throw .badField(field.name.rawName, error.sentence)
      }
    }
    guard attributes.contains(where: { $0.name == "specversion" }) else {
      throw .unsupportedInsertType([
        "application/cloudevents+json", "application/cloudevents-batch+json",
        "any type with the fields of the binary mode, such as ce-specversion",
      ])
    }
    guard Set(attributes.map(\.name)).count == attributes.count else {
      throw .badField("ce-", "An attribute is given twice.")
    }
    return .binary(attributes, contentType: request.headers[.contentType])
  }

  private static func rule(of request: Request) throws(Problem) -> CloudEventRule {
    let parameters = QueryParameters(request)
    return CloudEventRule(
      topicAttribute: try parameters.choice("_topic_attribute", of: CloudEventRule.TopicAttribute.self)
        ?? .source,
      topic: try parameters.eventName("topic"))
  }
}

/// The counts of a request with CloudEvents.
struct CloudEventsAnswer: JSONWritable {
  private let received: Int
  private let processed: Int?
  private let duplicates: Int?
  private let dead: Int
  private let reason: String?

  init(_ outcome: InsertRequests.Outcome<some Sendable>) {
    received = outcome.reading.count
    processed = outcome.sum(\.unique)
    duplicates = outcome.sum(\.duplicate)
    dead = outcome.sum(\.dead) ?? outcome.reading.dead
    reason = outcome.reading.firstReason
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", "accepted")
      writer.member("received", received)
      writer.member("processed", processed)
      writer.member("duplicates", duplicates)
      if dead > 0 { writer.member("dead", dead) }
      if let reason { writer.member("first_error", reason) }
    }
  }
}

extension BatchCounts {
  /// Whether no event of the batch could be stored.
  var hasOnlyDead: Bool { unique == 0 && duplicate == 0 }
}
