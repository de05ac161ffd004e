import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("POST /insert/opentelemetry/v1/logs")
struct LogsRouteTests {
  private let insert = InsertServer()
  private static let path = "/insert/opentelemetry/v1/logs"

  private func post(_ body: [UInt8], _ type: String, to path: String = Self.path) async throws -> TestResponse
  {
    try await insert.server.withClient { client in
      try await client.execute(
        uri: path, method: .post, headers: [.contentType: type], body: ByteBuffer(bytes: body)
      ) { $0 }
    }
  }

  /// A request with records of these bytes, in a resource with `service.name` "s".
  private static func request(_ records: [UInt8]...) -> [UInt8] {
    func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
      [number << 3 | 2, UInt8(bytes.count)] + bytes
    }
    let value = field(2, field(1, Array("s".utf8)))
    let resource = field(1, field(1, field(1, Array("service.name".utf8)) + value))
    return field(1, resource + field(2, records.flatMap { field(2, $0) }))
  }

  /// `time_unix_nano` 1,000 times `number`, and the body "x".
  private static func record(_ number: UInt16) -> [UInt8] {
    let nanoseconds = UInt32(number) * 1_000
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: nanoseconds >> (8 * $0)) }
    return [0x09] + bytes + [0, 0, 0, 0] + [0x2A, 3, 0x0A, 1, 0x78]
  }

  @Test func storesRecordsInBothEncodings() async throws {
    let answer = try await post(Self.request(Self.record(1)), "application/x-protobuf")
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "application/x-protobuf")
    #expect(answer.body.readableBytes == 0)
    let json =
      #"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"#
      + #""scopeLogs":[{"logRecords":[{"timeUnixNano":"1000","body":{"stringValue":"x"}}]}]}]}"#
    let again = try await post(Array(json.utf8), "application/json; charset=utf-8")
    #expect(again.text == "{}")
    // Both encodings of a record are the same event.
    #expect(insert.store.events.count == 1)
    let event = try #require(insert.store.events.first)
    #expect(event.topic == "s" && event.source == "s" && event.timestamp == 1)
    #expect(event.id.hasPrefix("c-"))
    #expect(event.payload == #"{"body":"x","time_unix_nano":1000,"resource":{"service.name":"s"}}"#)
  }

  @Test func storesTheGoodRecordsAndCountsTheBadOnes() async throws {
    let body = Self.request(Self.record(1), [0x0B], Self.record(2), [0x2A, 3, 0x0A, 1, 0x00])
    let answer = try await post(body, "application/x-protobuf")
    #expect(answer.status == .ok)
    // partial_success { rejected_log_records: 2, error_message: … }
    #expect(Array(answer.body.readableBytesView).dropFirst(2).starts(with: [0x08, 2, 0x12]))
    #expect(insert.store.events.map(\.timestamp) == [1, 2])
    #expect(insert.store.dead == [.eventForm, .payloadEscape])
  }

  @Test(
    arguments: [
      ([0x0A, 0x05], "application/x-protobuf", 400), (Array("{".utf8), "application/json", 400),
      ([], "text/plain", 415), ([0x1F, 0x8B, 0x08], "application/json", 400),
    ] as [([UInt8], String, Int)])
  func refusesABadRequestWithAStatus(body: [UInt8], type: String, code: Int) async throws {
    let answer = try await post(body, type)
    #expect(answer.status.code == code)
    if type == "application/x-protobuf" {
      #expect(Array(answer.body.readableBytesView).starts(with: [0x08, 3, 0x12]))
    } else {
      #expect(answer.text.hasPrefix(#"{"code":3,"message":""#))
    }
    #expect(insert.store.events.isEmpty)
  }

  @Test func obeysTheParameters() async throws {
    let path = Self.path + "?topic=t&source=u"
    _ = try await post(Self.request(Self.record(1)), "application/x-protobuf", to: path)
    #expect(insert.store.events.map(\.topic) == ["t"])
    #expect(insert.store.events.map(\.source) == ["u"])
  }

  @Test func boundsWhatSharedAttributesMakeOfASmallBody() async throws {
    let insert = InsertServer(
      batch: BatchLimits(bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 1_000, dictionary: 1_000))
    var server = insert.server
    server.settings.bodyBytes = 1 << 20
    let shared = String(repeating: "x", count: 200_000)
    let records = Array(repeating: "{}", count: 100).joined(separator: ",")
    let json =
      #"{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"stringValue":"\#(shared)"}}]},"#
      + #""scopeLogs":[{"logRecords":[\#(records)]}]}]}"#
    let answer = try await server.publish(json, to: Self.path)
    #expect(answer.status == .contentTooLarge)
    #expect(insert.store.events.isEmpty)
  }

  @Test(arguments: ["traces", "metrics"])
  func saysThatOnlyLogsAreStored(signal: String) async throws {
    let answer = try await post([], "application/json", to: "/insert/opentelemetry/v1/\(signal)")
    #expect(answer.status == .notFound)
    #expect(answer.text.contains("Sluice stores logs alone"))
  }
}

@Suite("POST /insert/loki/api/v1/push")
struct LokiRouteTests {
  private let insert = InsertServer()

  private func push(_ body: String, _ type: String = "application/json") async throws -> TestResponse {
    try await insert.server.publish(body, to: "/insert/loki/api/v1/push", type)
  }

  @Test func storesEntriesOnce() async throws {
    let body = #"{"streams":[{"stream":{"job":"j"},"values":[["1000","a"],["1000","a"],["2000","b"]]}]}"#
    for _ in 0..<2 {
      let answer = try await push(body)
      #expect(answer.status == .noContent)
      #expect(answer.body.readableBytes == 0)
    }
    // Two equal lines of a request stay two.
    #expect(insert.store.events.map(\.timestamp) == [1, 1, 2])
    #expect(insert.store.events.first?.payload == #"{"line":"a","labels":{"job":"j"}}"#)
  }

  @Test func storesTheGoodEntriesBesideTheBadOnes() async throws {
    let answer = try await push(
      #"{"streams":[{"stream":{"job":"j"},"values":[["x","a"],["1000","b"],["1","\u0000"]]}]}"#)
    #expect(answer.status == .noContent)
    #expect(insert.store.events.count == 1)
    #expect(insert.store.dead == [.eventForm, .payloadEscape])
  }

  @Test func saysWhyNothingCouldBeStored() async throws {
    let answer = try await push(#"{"streams":[{"stream":{"job":"j"},"values":[["x","a"]]}]}"#)
    #expect(answer.status == .badRequest)
    #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
    #expect(
      answer.text == "No entry can be stored, so all are dead events; the first: an integer is missing.\n")
    #expect(insert.store.dead == [.eventForm])
  }

  @Test(arguments: [
    ("{", "application/json", 400), ("{}", "application/json", 400), ("", "application/x-protobuf", 415),
  ])
  func refusesABadRequestWithText(body: String, type: String, code: Int) async throws {
    let answer = try await push(body, type)
    #expect(answer.status.code == code)
    #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
  }
}

@Suite("POST /insert/cloudevents")
struct CloudEventsRouteTests {
  private let insert = InsertServer()
  private static let sample =
    #"{"specversion":"1.0","id":"1","source":"/a","type":"t","time":"1970-01-01T00:00:01Z"}"#

  private func post(
    _ body: String, _ type: String?, to path: String = "/insert/cloudevents", headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    var headers = headers
    headers[.contentType] = type
    return try await insert.server.answer(path, .post, headers: headers, body: body)
  }

  private static func binary(_ attributes: [String: String]) throws -> HTTPFields {
    var fields: HTTPFields = [:]
    for (name, value) in attributes { fields[try #require(HTTPField.Name("ce-\(name)"))] = value }
    return fields
  }

  @Test func storesTheSameEventInEachModeOnce() async throws {
    let structured = try await post(Self.sample, "application/cloudevents+json; charset=utf-8")
    #expect(structured.status == .ok)
    #expect(structured.text == #"{"status":"accepted","received":1,"processed":1,"duplicates":0}"# + "\n")
    let batch = try await post("[\(Self.sample)]", "application/cloudevents-batch+json")
    #expect(batch.text.contains("\"processed\":0,\"duplicates\":1"))
    let fields = try Self.binary(["specversion": "1.0", "id": "1", "source": "/a", "type": "t"])
    let binary = try await post("{}", "application/json", headers: fields)
    #expect(binary.text.contains("\"processed\":0,\"duplicates\":1"))
    #expect(
      insert.store.events == [
        PublishedEvent(topic: "/a", id: "1", source: "/a", timestamp: 1_000_000, payload: Self.sample)
      ])
  }

  @Test func decodesTheFieldsOfTheBinaryMode() async throws {
    let fields = try Self.binary(["specversion": "1.0", "id": "%E2%82%AC%201", "source": "/a", "type": "t"])
    let answer = try await post("7", "application/json", headers: fields)
    #expect(answer.status == .ok)
    #expect(insert.store.events.map(\.id) == ["€ 1"])
  }

  @Test func namesTheBadEventsOfABatch() async throws {
    let answer = try await post("[\(Self.sample),{},7]", "application/cloudevents-batch+json")
    #expect(answer.status == .ok)
    #expect(answer.text.contains("\"dead\":2"))
    #expect(insert.store.events.count == 1)
  }

  @Test func takesTheTopicThatTheSenderChooses() async throws {
    _ = try await post(
      Self.sample, "application/cloudevents+json", to: "/insert/cloudevents?_topic_attribute=type")
    #expect(insert.store.events.map(\.topic) == ["t"])
    #expect(insert.store.events.map(\.id) == ["/a 1"])
  }

  @Test(arguments: [
    ("{}", "application/cloudevents+json", 400), ("{", "application/cloudevents+json", 400),
    ("[]", "application/cloudevents-batch+json", 422), ("{}", "application/cloudevents-batch+json", 400),
    ("{}", "application/cloudevents+avro", 415), ("{}", "application/json", 415), ("", nil, 415),
  ])
  func refusesOtherRequestsWithAProblem(body: String, type: String?, code: Int) async throws {
    let answer = try await post(body, type)
    #expect(answer.status.code == code)
    #expect(answer.headers[.contentType] == "application/problem+json")
    #expect(insert.store.events.isEmpty)
  }
}
