import HTTPTypes
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

/// Compares answers of the server with `openapi.json`: status, header fields, content type, and the name and
/// type of each member. The values are checked by the tests of each route.
@Suite("Answers and the OpenAPI document")
struct OpenAPIAnswerTests {
  private let description: APIDescription
  private let one = PublishedEvent(id: "1", payload: "{\"a\":[1.5,null]}").json
  private let event = "GET /events/{topic}/{event_id}"
  private let ndjson = "application/x-ndjson"

  init() async throws {
    description = try await APIDescription()
  }

  /// Checks the answer of `server` to a request.
  private func check(
    _ server: TestServer, _ uri: String, of operation: String? = nil, status: Int = 200,
    method: HTTPRequest.Method = .get, headers: HTTPFields = [:], body: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let answer = try await server.answer(uri, method, headers: headers, body: body)
    #expect(answer.status.code == status, "\(uri)", sourceLocation: sourceLocation)
    let differences = try description.differences(
      of: answer, to: operation ?? "\(method.rawValue) \(uri.prefix { $0 != "?" })")
    #expect(differences == [], "\(uri)", sourceLocation: sourceLocation)
  }

  /// Checks the answer to a publishing request.
  private func checkPublishing(
    _ server: TestServer, _ body: String, status: Int = 200, query: String = "",
    _ type: String = "application/json", key: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    var headers: HTTPFields = [.contentType: type]
    headers[.idempotencyKey] = key
    for path in ["/publish", "/publish/batch"] {
      try await check(
        server, path + query, status: status, method: .post, headers: headers, body: body,
        sourceLocation: sourceLocation)
    }
  }

  @Test(
    arguments: [
      "/", "/events", "/events?limit=1", "/events?topic=t&order=asc", "/events?format=array", "/topics",
      "/topics?limit=1", "/dead", "/dead?limit=1", "/producers", "/producers?limit=1", "/audit", "/stats",
      "/history",
      "/history?since=-1h", "/health", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs",
    ])
  func answersAsDescribed(_ uri: String) async throws {
    try await check(.full, uri)
    try await check(.full, uri, of: "GET \(uri.prefix { $0 != "?" })", status: 405, method: .patch)
  }

  @Test func showsOneEventAsDescribed() async throws {
    try await check(.full, "/events/t/1", of: event)
    try await check(.full, "/events/t/none", of: event, status: 404)
    try await check(.full, "/events/t/%00", of: event, status: 400)
    try await check(.full, "/events", headers: [.accept: ndjson])
  }

  @Test func answersJSONLinesAsDescribed() async throws {
    let path = "/insert/jsonline"
    let lines: HTTPFields = [.contentType: ndjson]
    let server = TestServer(publishing: MemoryStore().services())
    let body = "{\"a\":1}\n{bad"
    try await check(server, "\(path)?topic=t", method: .post, headers: lines, body: body)
    let keyed: HTTPFields = [.contentType: ndjson, .idempotencyKey: "k"]
    for _ in 0..<2 { try await check(server, "\(path)?topic=t", method: .post, headers: keyed, body: body) }
    try await check(server, path, status: 422, method: .post, headers: lines, body: body)
    try await check(server, "\(path)?topic=%FF", status: 400, method: .post, headers: lines, body: body)
    try await check(
      server, "\(path)?topic=t&_on_error=refuse", status: 422, method: .post, headers: lines, body: body)
    try await check(
      server, "\(path)?topic=t", status: 415, method: .post, headers: [.contentType: "text/html"], body: body)
  }

  @Test func showsPagesAsDescribed() async throws {
    try await check(.full, "/", headers: [.accept: "text/html"])
    for (path, type) in [("/", "text/html"), ("/docs", "text/html"), ("/openapi.json", "application/json")] {
      try await check(.full, path, status: 304, headers: [.accept: type, .ifNoneMatch: "*"])
    }
  }

  @Test(arguments: ["/events", "/topics", "/dead", "/producers", "/events/stream"])
  func refusesParametersAsDescribed(_ path: String) async throws {
    let name = path == "/events/stream" ? "topic" : "limit"
    try await check(.full, "\(path)?\(name)=", status: 422)
    try await check(.full, "\(path)?\(name)=%FF", status: 400)
    try await check(.full, path, status: 406, headers: [.accept: "image/png"])
  }

  @Test func refusesAStreamAsDescribed() async throws {
    let path = "/events/stream"
    try await check(.full, path, status: 400, headers: [.lastEventID: "x"])
    let gone = TailCursor(TailPosition(snapshot: "5:5:", time: 0, lineage: "another")).text
    try await check(.full, path, status: 410, headers: [.lastEventID: gone])
    var full = TestServer.full
    full.settings.tail.subscribers = 0
    try await check(full, path, status: 503)
  }

  @Test func answersCountsAndDeletionsAsDescribed() async throws {
    var counts = EventCounts()
    counts.add(2, at: 1_767_323_040_000_000, named: "t")
    counts.searchedUntil = 1_767_323_040_000_000
    let server = TestServer(queries: MemoryQueries { $0.counts = [counts] }, purge: MemoryPurge())
    let window = "since=2026-01-02T03:04:00Z&until=2026-01-02T03:05:00Z"
    try await check(server, "/counts?\(window)")
    try await check(server, "/counts?\(window)&by=topic&verbose=1")
    try await check(server, "/counts?interval=x", status: 422)
    try await check(server, "/events?format=csv")
    try await check(server, "/events?verbose=1")
    try await check(server, "/events?topic=t", method: .delete)
    try await check(server, "/events?topic=t&confirm=15", method: .delete)
    try await check(server, "/events?topic=t&confirm=1", status: 409, method: .delete)
    try await check(server, "/events", status: 422, method: .delete)
  }

  @Test func republishesAsDescribed() async throws {
    let operation = "POST /dead/{dead_id}/republish"
    let json: HTTPFields = [.contentType: "application/json"]
    func republish(_ id: String, _ body: String, status: Int) async throws {
      try await check(
        .full, "/dead/\(id)/republish", of: operation, status: status, method: .post, headers: json,
        body: body)
    }
    let event = #"{"topic":"t","event_id":"1","timestamp":"2026-01-02T03:04:05Z","source":"s","payload":{}}"#
    try await republish("1-0", event, status: 200)
    try await republish("1-0", "", status: 422)
    try await republish("1-0", "{", status: 400)
    try await republish("1-7", "", status: 404)
    try await check(.full, "/dead/1-0/republish", of: operation, status: 405)
    try await check(.full, "/dead/1-0/republish", of: operation, status: 415, method: .post, body: "{}")
    let server = TestServer.full
    for status in [200, 409] {
      try await check(
        server, "/dead/1-1/republish", of: operation, status: status, method: .post, headers: json,
        body: event)
    }
    try await check(server, "/dead?republished=any&verbose=1")
    try await check(server, "/history?since=x", status: 422)
  }

  @Test func answersFailuresAsDescribed() async throws {
    let unavailable = TestServer.full
    unavailable.queries.fail(with: QueryError("no connection", isTransient: true))
    for path in [
      "/events", "/counts", "/topics", "/dead", "/producers", "/audit", "/stats", "/health", "/readyz",
    ] {
      try await check(unavailable, path, status: 503)
    }
    try await check(unavailable, "/events/t/1", of: event, status: 503)
    let broken = TestServer.full
    broken.queries.fail(with: QueryError("no such table", isTransient: false))
    for path in ["/events", "/counts", "/topics", "/dead", "/producers", "/audit", "/stats"] {
      try await check(broken, path, status: 500)
    }
    try await check(.server(storedEvents: 4), "/audit", status: 500)
    var refusing = TestServer.full
    refusing.status.storeUnavailableSince = 0
    try await check(refusing, "/health", status: 503)
  }

  @Test func acceptsEventsAsDescribed() async throws {
    try await check(
      .full, "/publish", method: .post, headers: [.contentType: "application/json"], body: one)
    try await checkPublishing(.full, "[\(one),\(one)]")
    try await checkPublishing(.full, "[\(one),{}]", query: "?partial=true")
    try await checkPublishing(.full, one, ndjson, key: "k")
    try await checkPublishing(.full, one, status: 202, query: "?ack=accepted", ndjson)
    let store = MemoryStore()
    store.refuse(.stale)
    try await checkPublishing(TestServer(publishing: store.services()), "[\(one)]", key: "old")
  }

  @Test func refusesEventsAsDescribed() async throws {
    try await check(.full, "/publish", of: "POST /publish", status: 405)
    try await checkPublishing(.full, "[{}]", status: 422)
    try await checkPublishing(.full, "[", status: 400)
    try await checkPublishing(.full, "[]", status: 415, "text/plain")
    try await checkPublishing(.full, "[]", status: 422, query: "?ack=x")
    try await checkPublishing(.full, "[\(one)]", status: 400, key: "é")
    var small = TestServer.full
    small.settings.bodyBytes = 1
    try await checkPublishing(small, "[]", status: 413)
    let store = MemoryStore()
    store.goAway()
    try await checkPublishing(TestServer(publishing: store.services()), "[\(one)]", status: 503)
  }
}

extension TestServer {
  /// A server with data for every route.
  fileprivate static var full: TestServer { server(storedEvents: 5) }

  /// Returns such a server; its audit expects five stored events.
  fileprivate static func server(storedEvents: Int64) -> TestServer {
    let counts = AuditReport.Counts(received: 9, unique: 6, duplicate: 2, dead: 1)
    let queries = MemoryQueries { state in
      state.events = (1...3).map {
        StoredEvent.sample(topic: "t", id: "\($0)", payload: $0 == 1 ? "{}" : nil)
      }
      state.topics = TopicList(
        topics: ["a", "b"].map { TopicList.Topic(name: $0, events: 3, latest: 0) }, count: 2, asOf: 0)
      state.names = TopicNames(names: ["a", "b"], count: 2)
      state.deadEvents = (0..<2).map { number in
        StoredDeadEvent(
          place: DeadEventPlace(batchID: 1, position: number), reason: DeadReason.topicText.rawValue,
          producer: ProducerID(high: 1, low: 2), sequence: 7, keptAt: 0, bytes: [0xFF], byteCount: 1)
      }
      state.producers = (1...2).map { number in
        StoredProducer(
          producer: ProducerID(high: 0, low: number), name: "p", owner: "", session: 4, floor: 10, seenAt: 0,
          batches: 12, counts: counts)
      }
      state.audit = AuditReport(
        AuditReport.Findings(
          counters: counts, ledger: counts, expired: 1, events: storedEvents, deadEvents: 1, producers: 2,
          producerViolations: []))
    }
    let history = IngestHistory(start: .now)
    var sample = HistorySample()
    sample.topics.add(1, of: Array("t".utf8))
    history.add(sample, at: .now + .seconds(1))
    var server = TestServer(
      queries: queries, tail: MemoryTail(), purge: MemoryPurge(), publishing: MemoryStore().services())
    server.dead = queries
    server.history = { history.series(since: $0, at: .now, wallClock: 0) }
    return server
  }
}
