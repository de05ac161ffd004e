import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("POST /publish")
struct PublishRouteTests {
  private let store = MemoryStore()
  private let server: TestServer
  private let one = PublishedEvent(id: "1", payload: "{ \"a\" : 1.50 }")
  private let two = PublishedEvent(topic: "u", id: "2")

  init() {
    server = TestServer(publishing: store.services())
  }

  @Test func answersAfterTheEventIsStored() async throws {
    let answer = try await server.publish(one.json)
    #expect(answer.status == .ok)
    #expect(
      answer.text == """
        {"status":"accepted","topic":"t","event_id":"1","received":1,"queued":1,"processed":1,"duplicates":0,\
        "is_duplicate":false,"accepted":1,"count":1,"message":"1 stored, 0 duplicate"}

        """)
    #expect(store.events == [one])
  }

  @Test func answersADuplicateAsASuccess() async throws {
    _ = try await server.publish(one.json)
    let answer = try await server.publish(one.json)
    #expect(answer.status == .ok)
    #expect(answer.text.contains("\"processed\":0,\"duplicates\":1,\"is_duplicate\":true"))
    #expect(store.events == [one])
  }

  @Test(arguments: ["/publish", "/publish/batch"])
  func storesSeveralEventsInEveryForm(_ path: String) async throws {
    let bodies = [
      ("[\(one.json),\(two.json)]", "application/json"),
      ("{\"events\":[\(one.json),\(two.json)]}", "Application/JSON; charset=UTF-8"),
      ("\(one.json)\n\(two.json)\n", "application/x-ndjson"),
    ]
    for (index, (body, type)) in bodies.enumerated() {
      let answer = try await server.publish(body, to: path, type)
      let counts = index == 0 ? "\"processed\":2,\"duplicates\":0" : "\"processed\":0,\"duplicates\":2"
      let message = index == 0 ? "2 stored, 0 duplicate" : "0 stored, 2 duplicate"
      #expect(
        answer.text == "{\"status\":\"accepted\",\"received\":2,\"queued\":2,\(counts),"
          + "\"accepted\":2,\"count\":2,\"message\":\"\(message)\"}\n")
    }
    #expect(store.events == [one, two])
  }

  @Test func countsDuplicatesInsideARequest() async throws {
    let answer = try await server.publish("[\(one.json),\(one.json)]")
    #expect(answer.text.contains("\"received\":2,\"queued\":2,\"processed\":1,\"duplicates\":1"))
  }

  @Test(
    arguments: [
      ("/publish?ack=accepted", nil, nil), ("/publish", "respond-async", "respond-async"),
      ("/publish", "wait=5, Respond-Async ;x", "respond-async"),
      ("/publish?ack=accepted", "respond-async", nil),
    ] as [(String, String?, String?)])
  func answersBeforeTheCommitOnRequest(_ uri: String, _ prefer: String?, _ applied: String?) async throws {
    let paused = MemoryStore(isPaused: true)
    let server = TestServer(publishing: paused.services())
    let answer = try await server.publish(one.json, to: uri, headers: prefer.map { [.prefer: $0] } ?? [:])
    #expect(answer.status == .accepted)
    #expect(answer.headers[.preferenceApplied] == applied)
    #expect(
      answer.text == """
        {"status":"accepted","topic":"t","event_id":"1","received":1,"queued":1,"accepted":1,"count":1,\
        "message":"1 accepted, not committed yet"}

        """)
    #expect(paused.queue.depth.batches == 1)
    #expect(paused.activity.snapshot().acceptedEvents == 1)
  }

  @Test func storesNothingOfARequestWithABadEvent() async throws {
    let answer = try await server.publish("{\"events\":[\(one.json),{\"topic\":\"t\"}]}")
    #expect(answer.status == .unprocessableContent)
    let problem = try answer.problem()
    #expect(problem.type == "urn:sluice:problem:bad-event")
    #expect(
      problem.errors?.map(\.pointer) == ["/events/1/event_id", "/events/1/timestamp", "/events/1/source"])
    #expect(problem.detail.contains("1 of 2"))
    #expect(store.events.isEmpty)
  }

  @Test func partialStoresTheValidEventsAndDeadLettersTheOthers() async throws {
    let answer = try await server.publish("[\(one.json),{},\(two.json)]", to: "/publish?partial=true")
    #expect(answer.status == .ok)
    #expect(
      answer.text.contains(
        "\"received\":3,\"queued\":3,\"processed\":2,\"duplicates\":0,\"dead\":1,\"rejected\":1,"))
    #expect(answer.text.contains("{\"pointer\":\"/1/topic\",\"detail\":\"It is missing.\"}"))
    #expect(answer.text.contains("\"accepted\":3,\"count\":3,\"message\":\"2 stored, 0 duplicate, 1 dead\""))
    #expect(store.events == [one, two])
    #expect(store.dead == [.eventForm])
  }

  @Test func aPartialRequestWithoutAValidEventIsDeadLettered() async throws {
    let answer = try await server.publish("{}\n{\n", to: "/publish?partial=true", "application/x-ndjson")
    #expect(answer.status == .ok)
    #expect(answer.text.contains("\"received\":2,\"queued\":2,\"processed\":0,\"duplicates\":0,\"dead\":2,"))
    #expect(store.events.isEmpty && store.dead == [.eventForm, .eventForm])
  }

  @Test(
    arguments: [
      ("[]", 422), ("{\"events\":[]}", 422), ("{\"events\":[],\"more\":1}", 422), ("7", 422),
      ("", 400), ("{", 400), ("[{},]", 400),
    ])
  func refusesABodyWithoutAValidEvent(_ body: String, _ status: Int) async throws {
    for uri in ["/publish", "/publish?partial=true"] {
      let answer = try await server.publish(body, to: uri)
      #expect(answer.status.code == status)
      #expect(try answer.problem().status == status)
    }
    #expect(store.queue.depth.batches == 0)
  }

  @Test func refusesASingleEventForBatch() async throws {
    #expect(try await server.publish(one.json, to: "/publish/batch").status == .unprocessableContent)
    #expect(store.events.isEmpty)
  }

  @Test(
    arguments: [
      ("text/plain", nil, 415), ("application/x-www-form-urlencoded", nil, 415), ("", nil, 415),
      ("application/json; charset=latin1", nil, 415), ("application/json", "br", 415),
      ("application/json", "gzip, gzip", 415), ("application/json", "identity, gzip, zstd", 415),
      ("application/json", "identity", 200), ("application/json;charset=\"utf-8\"", nil, 200),
      ("APPLICATION/X-NDJSON ; Charset = utf-8", nil, 415), ("application/jsonl; charset=UTF8", nil, 200),
      ("application/json-lines", nil, 200), ("application/stream+json;profile=\"a;b\"", nil, 200),
      ("application/ndjson;", nil, 200), ("application/cloudevents+json", nil, 415), ("json", nil, 415),
    ] as [(String, String?, Int)])
  func readsOnlyTheSupportedContentTypes(_ type: String, _ encoding: String?, _ status: Int) async throws {
    let answer = try await server.publish(
      one.json, "\(type)", headers: encoding.map { [.contentEncoding: $0] } ?? [:])
    #expect(answer.status.code == status)
    guard status == 415 else { return }
    #expect(try answer.problem().status == 415)
    let isCoding = encoding != nil
    #expect(answer.headers[.acceptEncoding] == (isCoding ? "gzip, deflate, zstd, identity" : nil))
    #expect(
      answer.headers[.accept]?.hasPrefix("application/json, application/x-ndjson, ")
        == (isCoding ? nil : true))
  }

  @Test(arguments: [("ack=maybe", "ack"), ("partial=1", "partial"), ("ack=accepted&ack=committed", "ack")])
  func refusesABadOptionByName(_ query: String, _ name: String) async throws {
    let answer = try await server.publish(one.json, to: "/publish?\(query)")
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.parameter) == [name])
    #expect(store.events.isEmpty)
  }

  @Test func answersWith202AfterTheCommitWhenThatIsSet() async throws {
    var server = server
    server.settings.compatibility.answersAccepted = true
    let answer = try await server.publish(one.json)
    #expect(answer.status == .accepted)
    #expect(answer.text.contains("\"processed\":1,\"duplicates\":0"))
    #expect(store.events == [one])
  }

  @Test func acceptsOnlyPost() async throws {
    for path in ["/publish", "/publish/batch"] {
      let answer = try await server.answer(path)
      #expect(answer.status == .methodNotAllowed)
      #expect(answer.headers[.allow] == "POST, OPTIONS")
    }
  }
}

@Suite("POST /publish under pressure")
struct PublishPressureTests {
  private let event = PublishedEvent(id: "1")

  @Test func refusesEventsWhenTheQueueIsFull() async throws {
    let store = MemoryStore(limits: QueueLimits(bytes: 1 << 20, batches: 1), isPaused: true)
    let server = TestServer(publishing: store.services())
    #expect(try await server.publish(event.json, to: "/publish?ack=accepted").status == .accepted)
    for uri in ["/publish", "/publish?ack=accepted"] {
      let answer = try await server.publish(event.json, to: uri)
      #expect(answer.status == .serviceUnavailable)
      #expect(answer.headers[.retryAfter] == "1")
      #expect(try answer.problem().type == "urn:sluice:problem:queue-full")
    }
    #expect(store.activity.snapshot().acceptedBatches == 1)
  }

  @Test func refusesEventsWhenTheMemoryIsFull() async throws {
    let store = MemoryStore(memory: 100)
    let server = TestServer(publishing: store.services())
    #expect(store.memory.reserve(100))
    #expect(try await server.publish(event.json).status == .serviceUnavailable)
    store.memory.release(100)
    #expect(try await server.publish(event.json).status == .ok)
  }

  @Test func refusesToWaitForAnUnavailableStore() async throws {
    let store = MemoryStore()
    store.goAway()
    let answer = try await TestServer(publishing: store.services()).publish(event.json)
    #expect(answer.status == .serviceUnavailable)
    #expect(try answer.problem().type == "urn:sluice:problem:store-unavailable")
    #expect(store.queue.depth.batches == 0)
  }

  @Test func refusesWhileItDrains() async throws {
    let store = MemoryStore(isPaused: true)
    store.queue.close()
    let answer = try await TestServer(publishing: store.services()).publish(event.json)
    #expect(answer.status == .serviceUnavailable)
    #expect(try answer.problem().type == "urn:sluice:problem:draining")
  }

  @Test func reportsACommitThatTakesTooLong() async throws {
    let store = MemoryStore(isPaused: true)
    var server = TestServer(publishing: store.services())
    server.settings.requestTime = .milliseconds(1)
    let answer = try await server.publish(event.json)
    #expect(answer.status == .serviceUnavailable)
    #expect(try answer.problem().type == "urn:sluice:problem:not-committed-yet")
    #expect(store.queue.depth.batches == 1)
  }

  @Test(arguments: [(1, true), (0, false)])
  func boundsTheBody(_ spare: Int, _ isAllowed: Bool) async throws {
    let store = MemoryStore()
    var server = TestServer(publishing: store.services())
    server.settings.bodyBytes = event.json.utf8.count - 1 + spare
    let answer = try await server.publish(event.json)
    #expect(answer.status == (isAllowed ? .ok : .contentTooLarge))
    #expect(store.events.count == (isAllowed ? 1 : 0))
  }
}
