import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Ingest
import NIOCore
import StoreInterface
import Testing
import Waiting

@testable import HTTPAdmin

@Suite("Exports of GET /events")
struct EventExportTests {
  private let many = TestServer(
    queries: MemoryQueries { state in
      state.events = (0..<2_500).map { .sample(id: "\($0)", timestamp: Int64($0), payload: "{\"n\":\($0)}") }
    })

  @Test func linesWithoutALimitAreAllEvents() async throws {
    for uri in ["/events?format=ndjson", "/events"] {
      let answer = try await many.answer(uri, headers: [.accept: "application/x-ndjson"])
      #expect(answer.headers[.contentType] == "application/x-ndjson" && answer.headers[.link] == nil)
      #expect(answer.text.split(separator: "\n").count == 2_500)
    }
    #expect(many.queries.asked.count == 6)
  }

  @Test func aLimitMakesAPage() async throws {
    let answer = try await many.answer("/events?format=csv&limit=3")
    #expect(answer.headers[.link] != nil)
    #expect(answer.text.split(separator: "\r\n").count == 4)
  }

  @Test func aSearchThatStopsIsContinued() async throws {
    let server = TestServer(
      queries: MemoryQueries { state in
        state.events = (0..<50).map { .sample(id: "\($0)", source: "s\($0 % 10)", timestamp: Int64($0)) }
        state.searchLimit = 7
      })
    let answer = try await server.answer("/events?format=ndjson&source=s3")
    #expect(answer.text.split(separator: "\n").count == 5)
    let page = try await server.answer("/events?source=s3")
    #expect(page.text.contains("\"complete\":false,\"searched_until\":\"1970-01-01T00:00:00.000043Z\""))
  }

  @Test func rowsAreQuotedWhereTheyMustBe() async throws {
    let server = TestServer(
      queries: MemoryQueries {
        $0.events = [
          .sample(topic: "a,b", id: "x\ny", source: "\"s\"", payload: "{\"a\":1}"),
          .sample(topic: "b", timestamp: 0),
        ]
      })
    let answer = try await server.answer("/events", headers: [.accept: "text/csv"])
    #expect(answer.headers[.contentType] == "text/csv; charset=utf-8; header=present")
    #expect(
      answer.text == """
        topic,event_id,timestamp,source,payload,processed_at\r
        "a,b","x\ny",2026-01-02T03:04:05.123456Z,\"""s\""","{""a"":1}",2026-01-02T03:04:06.000000Z\r
        b,1,1970-01-01T00:00:00.000000Z,billing,,2026-01-02T03:04:06.000000Z\r

        """)
  }

  @Test(arguments: [
    ("format=csv", "events.csv"), ("format=array", "events.json"), ("format=ndjson&limit=1", "events.ndjson"),
  ])
  func aDownloadHasAFileName(_ query: String, _ name: String) async throws {
    let answer = try await many.answer("/events?download=1&\(query)")
    #expect(answer.headers[.contentDisposition] == "attachment; filename=\"\(name)\"")
    #expect(try await many.answer("/events?\(query)").headers[.contentDisposition] == nil)
  }

  /// Only one page is in memory, however many events there are.
  @Test func holdsTheMemoryOfOnePage() async throws {
    let memory = MemoryBudget(limit: 400_000)
    let routes = RouteTable([EventsRoute(queries: many.queries, memory: memory, defaultLayout: .object)])
    try await Application(responder: routes.makeResponder()).test(.router) { client in
      let answer = try await client.execute(uri: "/events?format=ndjson", method: .get) { $0 }
      #expect(answer.status == .ok && answer.body.readableBytes > 300_000)
      try await waitUntil { memory.reserved == 0 }
    }
  }

  /// Answers that nobody reads may hold the memory for ever; the export must not wait so long.
  @Test func isCutWhenThereIsNoMemoryForTheNextPage() async throws {
    let memory = MemoryBudget(limit: 11)
    #expect(memory.reserve(10))
    let first = try await many.queries.events(matching: EventQuery(limit: 1_000))
    let reserved = try memory.reservePage(1)
    let export = EventExport(
      queries: many.queries, memory: memory, layout: .ndjson, wait: .milliseconds(1))
    let body = export.body(first, holding: reserved)
    let failure = await #expect(throws: Problem.self) { try await body.write(DiscardingWriter()) }
    #expect(failure?.status == .serviceUnavailable)
    #expect(many.queries.asked.count == 2)
  }

  @Test func ignoredParametersAreListed() async throws {
    let answer = try await many.answer("/events?limit=1&verbose=1&x=2&verbose=3")
    #expect(answer.text.contains(",\"ignored_parameters\":[\"verbose\",\"x\"]}"))
  }

  /// The bounds of relative times do not move from page to page.
  @Test func pagesOfARelativeTimeHaveTheSameBounds() async throws {
    struct Page: Decodable {
      let next: String?

      enum CodingKeys: String, CodingKey {
        case next = "next_cursor"
      }
    }
    let server = TestServer(
      queries: MemoryQueries { $0.events = (0..<5).map { .sample(id: "\($0)", timestamp: Int64.max / 4) } })
    let cursor = try #require(
      try await server.answer("/events?since=-1h&limit=2").decoded(as: Page.self).next)
    #expect(try await server.answer("/events?since=-1h&limit=2&cursor=\(cursor)").status == .ok)
    #expect(server.queries.asked.count == 2 && server.queries.asked[0].since == server.queries.asked[1].since)
    #expect(try await server.answer("/events?since=-2h&cursor=\(cursor)").status == .unprocessableContent)
  }
}

/// A client that takes everything.
private struct DiscardingWriter: ResponseBodyWriter {
  mutating func write(_ buffer: ByteBuffer) async throws {}

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
