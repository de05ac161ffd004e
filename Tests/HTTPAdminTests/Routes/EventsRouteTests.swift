import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("GET /events")
struct EventsRouteTests {
  private let server = TestServer(
    queries: MemoryQueries { state in
      state.events = [
        .sample(id: "1", payload: "{\"a\": 1.50,\n \"b\":\"ä\"}"),
        .sample(topic: "users.login", id: "2", source: "web", timestamp: 1_767_323_045_123_457),
      ]
    })

  @Test func showsTheNewestFirstWithPayloadsAsTheyWereSent() async throws {
    let answer = try await server.answer("/events")
    #expect(answer.headers[.contentType] == "application/json")
    #expect(
      answer.text == """
        {"events":[{"topic":"users.login","event_id":"2","timestamp":"2026-01-02T03:04:05.123457Z",\
        "source":"web","payload":null,"processed_at":"2026-01-02T03:04:06.000000Z"},\
        {"topic":"orders.invoice.created","event_id":"1","timestamp":"2026-01-02T03:04:05.123456Z",\
        "source":"billing","payload":{"a": 1.50,
         "b":"ä"},"processed_at":"2026-01-02T03:04:06.000000Z"}],"count":2,"topic":null,\
        "topic_filter":null,"limit":100,"complete":true,"searched_until":null,\
        "next_cursor":null}

        """)
  }

  @Test(arguments: [
    ("", EventQuery()),
    ("?topic=a", EventQuery(topic: "a")),
    ("?source=b&limit=1", EventQuery(source: "b", limit: 1)),
    (
      "?event_id=i&since=2026-01-02T03:04:05Z&until=2026-01-02T03:04:05.5%2B01:00&order=asc&offset=7",
      EventQuery(
        eventID: "i", since: 1_767_323_045_000_000, until: 1_767_319_445_500_000, order: .oldestFirst,
        offset: 7)
    ),
    ("?offset=10000", EventQuery(offset: 10_000)),
    ("?limit=1000&unknown=%zz&topic=x%20y", EventQuery(topic: "x y", limit: 1000)),
    ("?topic=orders.*", EventQuery(EventFilter(topics: .prefix("orders.")))),
    ("?topic=*", EventQuery()),
    (
      "?by=processed_at&q=50%25&field.a.0=x&field.b=%22",
      EventQuery(
        EventFilter(
          clock: .processedAt, text: "50%",
          fields: [FieldCondition(path: ["a", "0"], value: "x"), FieldCondition(path: ["b"], value: "\"")]))
    ),
    ("?topic=%27%3B+DROP+TABLE+events%3B--", EventQuery(topic: "'; DROP TABLE events;--")),
  ])
  func passesTheParametersToTheStore(_ query: String, _ expected: EventQuery) async throws {
    let answer = try await server.answer("/events" + query)
    #expect(answer.status == .ok)
    #expect(server.queries.asked == [expected])
  }

  @Test(arguments: [
    ("limit=0", 422, "limit"), ("limit=1001", 422, "limit"), ("limit=abc", 422, "limit"),
    ("limit=", 422, "limit"),
    ("limit=1&limit=2", 422, "limit"), ("topic=", 422, "topic"), ("topic=%ff", 400, "topic"),
    ("topic=a%00", 400, "topic"), ("source=%", 400, "source"), ("format=xml", 422, "format"),
    ("event_id=", 422, "event_id"), ("since=yesterday", 422, "since"),
    ("since=2026-01-02T03:04:05+01:00", 422, "since"), ("until=2026-02-30T00:00:00Z", 422, "until"),
    ("order=newest", 422, "order"), ("offset=10001", 422, "offset"), ("offset=-1", 422, "offset"),
    ("limt=5", 422, "limt"), ("topics=a", 422, "topics"), ("fields.a=1", 422, "fields.a"),
    ("Topic=a", 422, "Topic"),
    ("eventid=1", 422, "eventid"), ("q=", 422, "q"), ("by=time", 422, "by"), ("field.=1", 422, "field."),
    ("field.a..b=1", 422, "field.a..b"), ("since=-15", 422, "since"), ("since=-1y", 422, "since"),
    ("until=-99999999999999999d", 422, "until"), ("download=yes", 422, "download"),
    ("cursor=", 422, "cursor"), ("cursor=AAAA", 422, "cursor"), ("cursor=%27%3B--", 422, "cursor"),
  ])
  func namesABadParameterAndQueriesNothing(_ query: String, _ status: Int, _ name: String) async throws {
    let answer = try await server.answer("/events?" + query)
    #expect(answer.status.code == status)
    let problem = try answer.problem()
    #expect(problem.status == status)
    #expect(problem.errors?.map(\.parameter) == [name])
    #expect(problem.detail.contains("\"\(name)\""))
    #expect(server.queries.asked.isEmpty)
  }

  @Test func returnsTheBareArray() async throws {
    let answer = try await server.answer("/events?format=array&topic=users.login")
    #expect(answer.text.hasPrefix("[{\"topic\":\"users.login\""))
    #expect(answer.text.hasSuffix("}]\n"))
  }

  @Test func returnsTheBareArrayByDefaultWhenThatIsSet() async throws {
    var server = server
    server.settings.compatibility.hasBareArrays = true
    #expect(try await server.answer("/events").text.hasPrefix("[{"))
    #expect(try await server.answer("/events?format=object").text.hasPrefix("{\"events\":[{"))
  }

  @Test func repeatsTheTopicUnderItsFormerName() async throws {
    let answer = try await server.answer("/events?topic=users.login")
    #expect(
      answer.text.contains(",\"topic\":\"users.login\",\"topic_filter\":\"users.login\",\"limit\":100,"))
  }

  @Test func writesEachEventOnOneLineWhateverItsPayload() async throws {
    let answer = try await server.answer("/events", headers: [.accept: "application/x-ndjson"])
    #expect(answer.headers[.contentType] == "application/x-ndjson")
    let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false)
    try #require(lines.count == 3)
    #expect(lines[1].contains("\"payload\":{\"a\": 1.50,  \"b\":\"ä\"}"))
    #expect(lines[2].isEmpty)
  }

  @Test func anEmptyPageIsValidInEveryLayout() async throws {
    let empty = TestServer()
    #expect(
      try await empty.answer("/events").text
        == "{\"events\":[],\"count\":0,\"topic\":null,\"topic_filter\":null,\"limit\":100,\"complete\":true,"
        + "\"searched_until\":null,\"next_cursor\":null}\n"
    )
    #expect(try await empty.answer("/events?format=array").text == "[]\n")
    #expect(try await empty.answer("/events", headers: [.accept: "application/x-ndjson"]).text.isEmpty)
  }

  @Test func sendsALargePageCompletely() async throws {
    let payload = "\"" + String(repeating: "x", count: EventsPage.pieceBytes / 3) + "\""
    let many = TestServer(
      queries: MemoryQueries { $0.events = (0..<20).map { .sample(id: "\($0)", payload: payload) } })
    struct Page: Decodable {
      struct Event: Decodable {
        let payload: String
      }
      let events: [Event]
      let count: Int
    }
    try await many.withClient(.live) { client in
      let page = try await client.execute(uri: "/events", method: .get) { try $0.decoded(as: Page.self) }
      #expect(page.count == 20)
      #expect(page.events.allSatisfy { $0.payload.utf8.count == EventsPage.pieceBytes / 3 })
    }
  }
}
