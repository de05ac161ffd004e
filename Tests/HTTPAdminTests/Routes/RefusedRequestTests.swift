import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Testing
import Waiting

@testable import HTTPAdmin

/// Tests wrong requests on all routes: each gets a problem document that names the error, queries no
/// database, stores nothing, and is counted.
@Suite("Refused requests")
struct RefusedRequestTests {
  private static let event = PublishedEvent().json
  private static let long = String(repeating: "x", count: 256)

  private let store = MemoryStore()
  private let server: TestServer

  init() {
    server = TestServer(tail: MemoryTail(), publishing: store.services())
  }

  /// Checks the answer to a request and its effects.
  private func check(
    _ uri: String, _ method: HTTPRequest.Method = .get, headers: HTTPFields = [:], body: [UInt8]? = nil,
    status: Int, naming name: String?
  ) async throws {
    try await server.withClient { client in
      let answer = try await client.execute(
        uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) }
      ) { $0 }
      #expect(answer.status.code == status)
      #expect(answer.headers[.contentType] == "application/problem+json")
      let problem = try answer.decoded(as: JSONValue.self)
      #expect(problem["status"] == .number(Double(status)) && problem["detail"]?.text?.isEmpty == false)
      let places = problem["errors"]?.elements.compactMap {
        ($0["parameter"] ?? $0["pointer"] ?? $0["header"])?.text
      }
      #expect(places == name.map { [$0] })
      let scrape = try Exposition(try await client.execute(uri: "/metrics", method: .get) { $0.text })
      #expect(scrape.value("sluice_http_answers_total", ["status": "\(status)"]) == 1)
      #expect(scrape.value("sluice_http_answers_total", ["status": "200"]) == 0)
    }
    #expect(server.queries.asked.isEmpty)
    #expect(store.events.isEmpty && store.queue.depth.batches == 0)
    try await waitUntil { store.memory.reserved == 0 }
    #expect(store.activity.snapshot().acceptedBatches == 0)
  }

  @Test(
    arguments: [
      ("/events?topic=\(long)", 422, "topic"), ("/events?source=\(long)", 422, "source"),
      ("/events?event_id=\(long)", 422, "event_id"), ("/events?event_id=%00", 400, "event_id"),
      ("/events?since=", 422, "since"), ("/events?since=2026-13-01T00:00:00Z", 422, "since"),
      ("/events?until=1767323045", 422, "until"), ("/events?order=ASC", 422, "order"),
      ("/events?order=", 422, "order"), ("/events?offset=1e3", 422, "offset"),
      ("/events?limit=99999999999999999999", 422, "limit"), ("/events?cursor=%F0%9F%98%80", 422, "cursor"),
      ("/events?format=object&format=object", 422, "format"), ("/events/%C3%28/1", 400, "topic"),
      ("/events/stream?topic=", 422, "topic"), ("/events/stream?topic=%80", 400, "topic"),
      ("/events/stream?topic=\(long)", 422, "topic"), ("/events/stream?source=a&source=b", 422, "source"),
      ("/topics?limit=-1", 422, "limit"), ("/dead?cursor=x", 422, "cursor"),
      ("/producers?limit=1001", 422, "limit"), ("/nothing", 404, nil),
    ] as [(String, Int, String?)])
  func badParametersAndPaths(_ uri: String, _ status: Int, _ name: String?) async throws {
    try await check(uri, status: status, naming: name)
  }

  @Test(
    arguments: [
      ("/events/stream", .get, [.lastEventID: "not an id"], 400, "Last-Event-ID"),
      ("/events", .get, [.accept: "image/*"], 406, nil),
      ("/events/stream", .get, [.accept: "application/json"], 406, nil),
      ("/publish", .post, [.accept: "text/html"], 406, nil),
      ("/publish", .post, [:], 415, nil),
      ("/publish", .post, [.contentType: "application/json", .contentEncoding: "br"], 415, nil),
      ("/publish", .post, [.contentType: "application/x-ndjson; charset=utf-16"], 415, nil),
      ("/publish", .post, [.contentType: "application/json", .idempotencyKey: ""], 400, "Idempotency-Key"),
      ("/publish", .post, [.contentType: "application/json", .idempotencyKey: long], 400, "Idempotency-Key"),
      ("/publish?ack=", .post, [.contentType: "application/json"], 422, "ack"),
      ("/publish?partial=TRUE", .post, [.contentType: "application/json"], 422, "partial"),
      ("/publish?ack=%FF", .post, [.contentType: "application/json"], 400, "ack"),
      ("/publish", .put, [.contentType: "application/json"], 405, nil),
      ("/publish/batch", .get, [:], 405, nil), ("/stats", .delete, [:], 405, nil),
    ] as [(String, HTTPRequest.Method, HTTPFields, Int, String?)])
  func badFieldsMethodsAndTypes(
    _ uri: String, _ method: HTTPRequest.Method, _ headers: HTTPFields, _ status: Int, _ name: String?
  ) async throws {
    let body = method == .get ? nil : Array(Self.event.utf8)
    try await check(uri, method, headers: headers, body: body, status: status, naming: name)
  }

  @Test(
    arguments: [
      ("", 400, nil), ("\u{FEFF}", 400, nil), ("{\"topic\":\"t\"", 400, nil), ("[1]", 422, "/0"),
      ("true", 422, ""), ("{\"events\":null}", 422, "/events"),
      ("[\(event.replacing("\"t\"", with: "\"\(long)\""))]", 422, "/0/topic"),
      ("[\(event.replacing("\"s\"", with: "\"\(long)\""))]", 422, "/0/source"),
      ("[\(event.replacing("\"1\"", with: "\"\(long)\""))]", 422, "/0/event_id"),
      ("[\(event.replacing("\"1\"", with: "1"))]", 422, "/0/event_id"),
      ("[\(event.replacing("null", with: "7"))]", 422, "/0/payload"),
      ("[\(event.replacing("2026-", with: "20260-"))]", 422, "/0/timestamp"),
    ] as [(String, Int, String?)])
  func badBodies(_ body: String, _ status: Int, _ name: String?) async throws {
    for path in ["/publish", "/publish/batch"] {
      try await check(
        path, .post, headers: [.contentType: "application/json"], body: Array(body.utf8), status: status,
        naming: name)
    }
  }

  @Test(arguments: ["application/json", "application/x-ndjson"])
  func bytesThatAreNotUTF8(_ type: String) async throws {
    for bad in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]] {
      let parts = Self.event.split(separator: "\"t\"", maxSplits: 1).map { Array($0.utf8) }
      let body = parts[0] + [0x22] + bad + [0x22] + parts[1]
      try await check(
        "/publish", .post, headers: [.contentType: type], body: body, status: 400,
        naming: type == "application/json" ? nil : "/0/topic")
    }
  }
}
