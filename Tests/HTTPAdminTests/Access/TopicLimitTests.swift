import HTTPTypes
import HummingbirdTesting
import Ingest
import Principals
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

struct TopicLimitTests {
  private let keyring: Keyring
  private let store = MemoryStore()
  private let queries = MemoryQueries { state in
    state.events = [.sample(topic: "a.1", id: "1"), .sample(topic: "b", id: "2")]
    state.totals = StoreTotals(received: 9, unique: 7, duplicate: 1, dead: 1, conflicts: 0)
    state.names = TopicNames(names: ["a.1", "b"], count: 2)
    state.topics = TopicList(
      topics: ["a.1", "b"].map { TopicList.Topic(name: $0, events: 1, latest: 0) }, count: 2, asOf: 0)
    state.deadEvents = ["a.1", "b", nil].enumerated().map { position, topic in
      var event = StoredDeadEvent(
        place: DeadEventPlace(batchID: 1, position: position), reason: "json_invalid",
        producer: ProducerID(high: 1, low: 1), sequence: 1, keptAt: 0, bytes: [], byteCount: 0)
      event.topic = topic
      return event
    }
  }
  private let server: TestServer

  init() throws {
    let roles: Set<Role> = [.publish, .read, .admin]
    keyring = try Keyring([.limited("limited", roles, "a.*"), Principal(name: "all", roles: roles)])
    var server = TestServer(queries: queries, publishing: store.services())
    server.access = keyring.access
    server.settings.isEncrypted = true
    self.server = server
  }

  private func text(_ path: String, as name: String) async throws -> String {
    try await server.answer(path, headers: keyring.fields(of: name)).text
  }

  @Test func eventsAreSearchedAmongPermittedTopics() async throws {
    let events = try await text("/events", as: "limited")
    #expect(events.contains("\"a.1\"") && !events.contains("\"b\""))
    #expect(queries.asked.last?.permitted == PermittedTopics(names: [], prefixes: ["a."]))
    #expect(try await text("/events", as: "all").contains("\"b\""))
    #expect(queries.asked.last?.permitted == nil)
    #expect(try await text("/events?topic=b", as: "limited").contains("\"count\":0"))
  }

  @Test func anEventOfAnotherTopicIsNotFound() async throws {
    let fields = keyring.fields(of: "limited")
    let hidden = try await server.answer("/events/b/2", headers: fields)
    let absent = try await server.answer("/events/a.1/7", headers: fields)
    #expect(hidden.status == .notFound)
    #expect(hidden.text == absent.text)
    #expect(try await server.answer("/events/a.1/1", headers: fields).status == .ok)
    #expect(try await server.answer("/events/b/2", headers: keyring.fields(of: "all")).status == .ok)
  }

  @Test(arguments: ["/topics", "/stats", "/dead"])
  func listsShowPermittedTopicsAlone(path: String) async throws {
    let limited = try await text(path, as: "limited")
    #expect(limited.contains("\"a.1\"") && !limited.contains("\"b\""))
    #expect(try await text(path, as: "all").contains("\"b\""))
  }

  @Test func countsOfAllTopicsAreHidden() async throws {
    let limited = try await text("/stats", as: "limited")
    #expect(limited.contains("\"received\":null") && limited.contains("\"topics_count\":1"))
    #expect(limited.contains("\"accepted\":null"))
    #expect(try await text("/stats", as: "all").contains("\"received\":9"))
    #expect(try await text("/dead", as: "limited").contains("\"count\":1"))
  }

  @Test func publishingAnotherTopicIsRefusedAsAWhole() async throws {
    let body = "[\(PublishedEvent(topic: "a.1", id: "1").json),\(PublishedEvent(topic: "b", id: "2").json)]"
    let refused = try await server.publish(body, headers: keyring.fields(of: "limited"))
    #expect(refused.status == .forbidden)
    #expect(refused.text.contains("topic-not-allowed") && refused.text.contains("\\\"b\\\""))
    #expect(store.events.isEmpty)
    let one = PublishedEvent(topic: "a.1", id: "1")
    #expect(try await server.publish(one.json, headers: keyring.fields(of: "limited")).status == .ok)
    #expect(try await server.publish(body, headers: keyring.fields(of: "all")).status == .ok)
  }

  /// With and without `partial=true`: with it, a bad event would become a dead one.
  @Test(
    arguments: [
      #"{"topic":"b"}"#, #"{"topic":"b","event_id":7}"#, #"{"topic":"b","topic":"a.1"}"#,
      PublishedEvent(topic: "b", id: "1", payload: "[1]").json,
      PublishedEvent(topic: String(repeating: "b", count: 300), id: "1").json,
      // No columns hold these names, so the dead event would have no topic.
      PublishedEvent(topic: String(repeating: "b", count: 70_000), id: "1").json,
      #"{"topic":"b","event_id":"\#(String(repeating: "i", count: 70_000))"}"#,
    ], ["", "?partial=true"])
  func aBadEventOfAnotherTopicIsRefusedLikeAGoodOne(_ bad: String, _ query: String) async throws {
    let body = "\(PublishedEvent(topic: "a.1", id: "1").json)\n\(bad)"
    let fields = keyring.fields(of: "limited")
    let refused = try await server.publish(
      body, to: "/publish\(query)", "application/x-ndjson", headers: fields)
    #expect(refused.status == .forbidden)
    #expect(refused.text.contains("topic-not-allowed") && refused.text.contains("topic \\\"b"))
    #expect(refused.text.utf8.count < 1_000)
    #expect(store.events.isEmpty && store.dead.isEmpty)
    let all = try await server.publish(
      body, to: "/publish\(query)", "application/x-ndjson", headers: keyring.fields(of: "all"))
    #expect(all.status == (query.isEmpty ? .unprocessableContent : .ok))
  }

  @Test(arguments: ["{", "7", "{}", #"{"topic":""}"#, #"{"topic":7}"#, #"{"event_id":"1"}"#])
  func aBadEventWithoutATopicIsDeadForEveryPublisher(_ bad: String) async throws {
    let body = "\(PublishedEvent(topic: "a.1", id: "1").json)\n\(bad)"
    let answer = try await server.publish(
      body, to: "/publish?partial=true", "application/x-ndjson", headers: keyring.fields(of: "limited"))
    #expect(answer.status == .ok)
    #expect(answer.text.contains(#""processed":1"#) && answer.text.contains(#""dead":1"#), "\(answer.text)")
    #expect(store.dead.count == 1)
  }

  @Test func idempotencyKeysBelongToThePrincipal() async throws {
    for name in ["limited", "all"] {
      var fields = keyring.fields(of: name)
      fields[.idempotencyKey] = "one-key"
      let event = PublishedEvent(topic: "a.1", id: name)
      #expect(try await server.publish(event.json, headers: fields).status == .ok)
    }
    #expect(store.events.count == 2)
    #expect(store.registered.map(\.origin.owner) == ["limited", "all"])
    #expect(Set(store.registered.map(\.producer)).count == 2)
  }
}
