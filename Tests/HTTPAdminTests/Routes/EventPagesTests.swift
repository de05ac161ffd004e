import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing
import Waiting
import WireProtocol

@testable import HTTPAdmin

@Suite("Pages of GET /events")
struct EventPagesTests {
  private struct Page: Decodable {
    struct Event: Decodable {
      let id: String

      enum CodingKeys: String, CodingKey {
        case id = "event_id"
      }
    }
    let events: [Event]
    let next: String?

    enum CodingKeys: String, CodingKey {
      case events
      case next = "next_cursor"
    }
  }

  /// Events with pairs of equal times.
  private let server = TestServer(
    queries: MemoryQueries { state in
      state.events = (0..<25).map { .sample(id: "e\($0)", timestamp: 1_767_323_045_000_000 + Int64($0 / 2)) }
    })

  private func page(_ uri: String) async throws -> Page {
    let answer = try await server.answer(uri)
    #expect(answer.status == .ok)
    return try answer.decoded(as: Page.self)
  }

  /// Returns all ids, page by page.
  private func walk(_ query: String) async throws -> [String] {
    var ids: [String] = []
    var cursor: String?
    repeat {
      let page = try await page("/events?\(query)\(cursor.map { "&cursor=\($0)" } ?? "")")
      ids += page.events.map(\.id)
      cursor = page.next
    } while cursor != nil && ids.count < 100
    return ids
  }

  @Test(arguments: ["limit=1", "limit=7", "limit=25", "limit=1000", "limit=7&order=asc"])
  func showEveryEventOnceInOrder(_ query: String) async throws {
    let whole = try await page("/events?limit=1000\(query.contains("asc") ? "&order=asc" : "")")
    #expect(try await walk(query) == whole.events.map(\.id))
    #expect(whole.events.count == 25)
  }

  @Test func lengthMayChangeFromPageToPage() async throws {
    let first = try await page("/events?limit=3")
    let cursor = try #require(first.next)
    let second = try await page("/events?limit=1000&cursor=\(cursor)")
    #expect(second.events.count == 22)
    #expect(second.next == nil)
  }

  @Test(arguments: ["topic=x", "order=asc", "since=2026-01-02T03:04:05Z", "event_id=e1", "source=billing"])
  func aCursorOfAnotherQueryIsRefused(_ other: String) async throws {
    let cursor = try #require(try await page("/events?limit=3").next)
    let answer = try await server.answer("/events?limit=3&\(other)&cursor=\(cursor)")
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.parameter) == ["cursor"])
  }

  @Test func aDamagedCursorIsRefused() async throws {
    let cursor = try #require(try await page("/events?limit=3").next)
    for index in cursor.indices {
      var mangled = cursor
      mangled.replaceSubrange(index...index, with: cursor[index] == "A" ? "B" : "A")
      let answer = try await server.answer("/events?limit=3&cursor=\(mangled)")
      #expect(answer.status == .unprocessableContent, "\(mangled)")
    }
    for length in 0..<cursor.count {
      let answer = try await server.answer("/events?limit=3&cursor=\(cursor.prefix(length))")
      #expect(answer.status == .unprocessableContent, "\(length)")
    }
  }

  @Test func offsetAndCursorExcludeEachOther() async throws {
    let cursor = try #require(try await page("/events?limit=3").next)
    let answer = try await server.answer("/events?offset=1&cursor=\(cursor)")
    #expect(try answer.problem().errors?.map(\.parameter) == ["offset"])
  }

  /// Layouts without a member for the cursor have it in the header.
  @Test(arguments: ["format=array", "format=object"])
  func theHeaderLinksToTheNextPage(_ format: String) async throws {
    let answer = try await server.answer(
      "/events?limit=20&\(format)&topic=orders.invoice.created&x=a%3E%0d%0A>")
    let link = try #require(HTTPField.Name("Link").flatMap { answer.headers[$0] })
    let target = try #require(link.wholeMatch(of: /<(.*)>; rel="next"/)).1
    #expect(!target.contains(">") && target.contains("limit=20&\(format)&topic=orders.invoice.created&"))
    let next = try await server.answer(String(target))
    #expect(next.status == .ok)
    #expect(next.text.components(separatedBy: "event_id").count - 1 == 5)
    #expect(next.headers[try #require(HTTPField.Name("Link"))] == nil)
  }

  @Test(arguments: ["/events", "/events/t/1", "/dead"])
  func anAnswerWithoutMemoryIsRefusedAsTransient(_ uri: String) async throws {
    let memory = MemoryBudget(limit: 1_000)
    let queries = MemoryQueries { state in
      state.events = [.sample(topic: "t", payload: "\"\(String(repeating: "x", count: 500))\"")]
      state.deadEvents = [
        StoredDeadEvent(
          place: DeadEventPlace(batchID: 1, position: 0), reason: "payload_syntax",
          producer: ProducerID(high: 1, low: 2), sequence: 1, keptAt: 0, bytes: [1], byteCount: 1)
      ]
    }
    let routes = RouteTable([
      EventsRoute(queries: queries, memory: memory, defaultLayout: .object),
      EventRoute(queries: queries, memory: memory), DeadEventsRoute(queries: queries, memory: memory),
    ])
    try await Application(responder: routes.makeResponder()).test(.router) { client in
      #expect(memory.reserve(900))
      let refused = try await client.execute(uri: uri, method: .get) { $0 }
      #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] == "1")
      memory.release(900)
      for method in [HTTPRequest.Method.get, .head] {
        let answer = try await client.execute(uri: uri, method: method) { $0 }
        #expect(answer.status == .ok)
      }
      try await waitUntil { memory.reserved == 0 }
    }
  }
}
