import Foundation
import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Principals
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("POST /dead/{dead_id}/republish")
struct RepublishRouteTests {
  private let store = MemoryStore()
  private let queries = MemoryQueries { state in
    state.deadEvents = [
      .sample(0, "refused_by_database", payload: #"{"a":1}"#), .sample(1, "refused_by_database", payload: ""),
      .sample(2, "payload_syntax", payload: "{\"a\":1},\"x\":2"), .sample(3, "payload_syntax", payload: ""),
      .sample(4, "payload_length", payload: String(repeating: "x", count: 100), byteCount: 900_000),
      .sample(5, "timestamp_range", payload: "{}", timestamp: 253_402_300_800_000_000),
      .sample(6, "topic_length", payload: "t"), .sample(7, "event_form", payload: "{}", timestamp: nil),
    ]
  }
  private let server: TestServer

  init() {
    var server = TestServer(queries: queries, publishing: store.services())
    server.dead = queries
    self.server = server
  }

  private func republish(
    _ position: Int, _ body: String? = nil, headers: HTTPFields = [.contentType: "application/json"]
  ) async throws -> TestResponse {
    try await server.answer("/dead/9-\(position)/republish", .post, headers: headers, body: body)
  }

  @Test(arguments: [nil, "", " \n", "{}"])
  func anEventIsPublishedAsItIsKept(_ body: String?) async throws {
    let answer = try await republish(0, body)
    #expect(
      answer.text == """
        {"dead_id":"9-0","outcome":"stored","republished_at":"2026-01-02T03:04:05.000000Z"}

        """)
    #expect(store.events == [PublishedEvent(topic: "t", id: "id-0", payload: #"{"a":1}"#)])
    #expect(queries.deadEvent(9, 0)?.republishedAt != nil)
    #expect(store.activity.snapshot().republishedEvents == 1)
    #expect(store.activity.snapshot().inputs[.republish]?.acceptedEvents == 1)
    #expect(try await republish(1).status == .ok)
    #expect(store.events.last?.payload == nil, "an event without bytes has no payload")
  }

  @Test(arguments: [
    (2, #"{"payload":{"b":2}}"#, PublishedEvent(topic: "t", id: "id-2", payload: #"{"b":2}"#)),
    (2, #"{"payload":null}"#, PublishedEvent(topic: "t", id: "id-2")),
    (4, #"{"payload":{}}"#, PublishedEvent(topic: "t", id: "id-4", payload: "{}")),
    (6, #"{"topic":"é","payload":null}"#, PublishedEvent(topic: "é", id: "id-6")),
    (0, #"{"event_id":"new","topic":"u"}"#, PublishedEvent(topic: "u", id: "new", payload: #"{"a":1}"#)),
    (
      7, #"{"payload":{},"timestamp":"2026-01-02T03:04:05Z"}"#,
      PublishedEvent(topic: "t", id: "id-7", payload: "{}")
    ),
  ])
  func theBodyReplacesMembers(_ position: Int, _ body: String, _ event: PublishedEvent) async throws {
    let answer = try await republish(position, body)
    #expect(answer.status == .ok, "\(answer.text)")
    #expect(store.events == [event])
  }

  @Test func aTimeAndASourceAreReplaced() async throws {
    let answer = try await republish(5, #"{"timestamp":"2026-01-02T03:04:05Z","source":"z"}"#)
    #expect(answer.status == .ok, "\(answer.text)")
    #expect(store.events.count == 1 && store.events.first?.source == "z")
  }

  @Test(
    arguments: [
      (2, nil, ["/payload"], "payload_syntax"), (3, nil, ["/payload"], "payload_syntax"),
      (4, nil, ["/payload"], "100 of the 900000 bytes"), (5, nil, ["/timestamp"], "timestamp_range"),
      (6, nil, ["/payload"], "not kept"), (7, nil, ["/timestamp", "/payload"], "not kept"),
      (0, #"{"payload":[1]}"#, ["/payload"], "must be an object"),
      (0, #"{"topic":""}"#, ["/topic"], "topic_length"), (0, #"{"n":1}"#, ["/n"], "no such member"),
      (0, #"{"topic":"a","topic":"b"}"#, ["/topic"], "given twice"), (0, "[]", [""], "must be an object"),
      (0, #"{"timestamp":"x"}"#, ["/timestamp"], "ISO 8601"),
    ] as [(Int, String?, [String], String)])
  func anEventThatIsRefusedAgainIsNotMarked(
    _ position: Int, _ body: String?, _ pointers: [String], _ reason: String
  ) async throws {
    let answer = try await republish(position, body)
    #expect(answer.status == .unprocessableContent)
    let problem = try answer.problem()
    #expect(problem.type == "urn:sluice:problem:bad-event")
    #expect(problem.errors?.map(\.pointer) == pointers)
    #expect(answer.text.contains(reason), "\(answer.text)")
    #expect(store.events.isEmpty && store.dead.isEmpty)
    #expect(queries.deadEvent(9, position)?.republishedAt == nil)
    #expect(store.activity.snapshot().republishedEvents == 0)
  }

  @Test(arguments: [
    ("{", "application/json", 400), ("{}x", "application/json", 400), ("{}", "text/plain", 415),
    ("{}", "application/x-ndjson", 415), ("", "text/plain", 200),
  ])
  func theBodyIsJSON(_ body: String, _ type: String, _ status: Int) async throws {
    let answer = try await republish(0, body, headers: [.contentType: type])
    #expect(answer.status.code == status)
    #expect(answer.headers[.accept] == (status == 415 ? "application/json" : nil))
  }

  @Test func anEventIsPublishedAgainOnce() async throws {
    #expect(try await republish(0).status == .ok)
    let again = try await republish(0)
    #expect(again.status == .conflict)
    #expect(try again.problem().type == "urn:sluice:problem:already-republished")
    #expect(store.activity.snapshot().acceptedBatches == 1)
  }

  /// Two requests at the same time: the one that is late must not say that it stored nothing.
  @Test func aRequestThatIsLateSaysWhatBecameOfItsEvent() async throws {
    queries.markBeforeMark()
    let late = try await republish(0, #"{"event_id":"other"}"#)
    #expect(late.status == .conflict)
    let problem = try late.problem()
    #expect(problem.type == "urn:sluice:problem:already-republished")
    #expect(late.text.contains("at 2026-01-02T03:04:00.000000Z. The event of this request is stored as well"))
    #expect(!late.text.contains("Nothing was stored"))
    #expect(store.events.map(\.id) == ["other"])
  }

  @Test(arguments: [
    "9-99", "8-0", "9", "9-", "-9-0", "9-0-0", "x", "9-0x", "99999999999999999999-0", "9-4294967296",
  ])
  func anUnknownEventIsNotFound(_ id: String) async throws {
    let answer = try await server.answer("/dead/\(id)/republish", .post)
    #expect(answer.status == .notFound)
    #expect(store.events.isEmpty)
  }

  @Test func aMarkThatFailedIsSetByARepetition() async throws {
    queries.failMarks(1)
    #expect(try await republish(0).status == .serviceUnavailable)
    #expect(store.events.count == 1 && queries.deadEvent(9, 0)?.republishedAt == nil)
    let answer = try await republish(0)
    #expect(answer.status == .ok && answer.text.contains("\"outcome\":\"duplicate\""))
    #expect(store.events.count == 1 && queries.deadEvent(9, 0)?.republishedAt != nil)
  }

  @Test func anEventThatWasDeletedMeanwhileIsStoredAnyway() async throws {
    queries.deleteBeforeMark()
    let answer = try await republish(0)
    #expect(answer.status == .ok && answer.text.contains("\"outcome\":\"stored\""))
  }

  @Test func rightsForTheTopicAreNeeded() async throws {
    var reader = Principal.limited("reader", [.admin], "t")
    reader.publishTopics = .only([])
    let keyring = try Keyring([
      .limited("other", [.admin], "a.*"), reader, .limited("limited", [.admin], "t"),
      Principal(name: "all", roles: [.admin]),
    ])
    var server = server
    server.access = keyring.access
    server.settings.isEncrypted = true
    func status(_ name: String, _ body: String = "") async throws -> Int {
      var fields = keyring.fields(of: name)
      fields[.contentType] = "application/json"
      return try await server.answer("/dead/9-0/republish", .post, headers: fields, body: body).status.code
    }
    #expect(try await status("other") == 404)
    #expect(try await status("reader") == 403)
    #expect(try await status("limited", #"{"topic":"u"}"#) == 403)
    #expect(store.events.isEmpty)
    #expect(try await status("limited") == 200)
    #expect(try await status("all") == 409)
  }

  @Test func anUnavailableStoreIsSaid() async throws {
    store.goAway()
    #expect(try await republish(0).status == .serviceUnavailable)
    queries.fail(with: QueryError("no right", isTransient: false))
    #expect(try await republish(0).status == .internalServerError)
  }
}

extension StoredDeadEvent {
  /// A dead event of the batch 9.
  fileprivate static func sample(
    _ position: Int, _ reason: String, payload: String, byteCount: Int? = nil,
    timestamp: Int64? = PublishedEvent().timestamp
  ) -> StoredDeadEvent {
    var event = StoredDeadEvent(
      place: DeadEventPlace(batchID: 9, position: position), reason: reason,
      producer: ProducerID(high: 1, low: 2), sequence: 7, keptAt: 1_767_323_045_000_000,
      bytes: Array(payload.utf8), byteCount: byteCount ?? payload.utf8.count)
    event.topic = "t"
    event.eventID = "id-\(position)"
    event.source = "s"
    event.timestamp = timestamp
    return event
  }
}
