import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Testing

@testable import HTTPAdmin

@Suite("GET /events/{topic}/{event_id}")
struct EventRouteTests {
  private let server = TestServer(
    queries: MemoryQueries { state in
      state.events = [
        .sample(topic: "a/b c", id: "1+2", payload: "{\"a\": 1.50}"), .sample(topic: "t", id: "ü"),
      ]
    })

  @Test func showsTheEventWithItsPayloadAsItWasSent() async throws {
    let answer = try await server.answer("/events/a%2Fb%20c/1+2")
    #expect(answer.status == .ok)
    #expect(
      answer.text == """
        {"topic":"a/b c","event_id":"1+2","timestamp":"2026-01-02T03:04:05.123456Z","source":"billing",\
        "payload":{"a": 1.50},"processed_at":"2026-01-02T03:04:06.000000Z"}

        """)
    #expect(try await server.answer("/events/t/%C3%BC").status == .ok)
  }

  @Test(arguments: ["/events/t/2", "/events/T/%C3%BC", "/events/a/b", "/events/t/'%3B--"])
  func isNotFoundWithoutSuchAnEvent(_ path: String) async throws {
    let answer = try await server.answer(path)
    #expect(answer.status == .notFound)
    #expect(try answer.problem().detail.contains("No event"))
  }

  @Test func isNotFoundIfNoNameCanBeThatLong() async throws {
    let answer = try await server.answer("/events/t/" + String(repeating: "x", count: 256))
    #expect(answer.status == .notFound)
  }

  @Test(arguments: [("/events/%ff/1", "topic"), ("/events/t/%00", "event_id"), ("/events/t/%4", "event_id")])
  func refusesAPathThatCannotBeDecoded(_ path: String, _ name: String) async throws {
    let answer = try await server.answer(path)
    #expect(answer.status == .badRequest)
    #expect(try answer.problem().errors?.map(\.parameter) == [name])
  }

  @Test func answersHeadWithTheLengthOfTheBody() async throws {
    try await server.withClient(.live) { client in
      let get = try await client.execute(uri: "/events/t/%C3%BC", method: .get) { $0 }
      let head = try await client.execute(uri: "/events/t/%C3%BC", method: .head) { $0 }
      #expect(head.status == .ok && head.body.readableBytes == 0)
      #expect(head.headers[.contentLength] == get.headers[.contentLength])
    }
  }
}
