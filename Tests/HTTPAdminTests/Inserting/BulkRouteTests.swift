import HTTPTypes
import HummingbirdTesting
import Ingest
import Principals
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("POST /insert/elasticsearch/_bulk")
struct BulkRouteTests {
  private struct Answer: Decodable {
    struct Item: Decodable {
      struct Cause: Decodable {
        let type: String
        let reason: String
      }
      let index: String
      let id: String?
      let status: Int
      let result: String?
      let error: Cause?

      enum CodingKeys: String, CodingKey {
        case index = "_index"
        case id = "_id"
        case status, result, error
      }
    }
    let errors: Bool
    let items: [[String: Item]]

    var statuses: [Int] { items.compactMap { $0.values.first?.status } }
    var ids: [String?] { items.map { $0.values.first?.id } }
  }

  private let insert = InsertServer()

  private func bulk(
    _ lines: String..., to path: String = "/insert/elasticsearch/_bulk",
    _ type: String = "application/x-ndjson", headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    let body = lines.map { $0 + "\n" }.joined()
    return try await insert.server.publish(body, to: path, type, headers: headers)
  }

  @Test func storesDocumentsAndAnswersEach() async throws {
    let answer = try await bulk(
      #"{"index":{"_index":"app","_id":"1"}}"#,
      #"{"@timestamp":"2026-01-02T03:04:05Z","host":{"name":"h"},"m":1}"#,
      #"{"create":{"_id":"2"}}"#, #"{"@timestamp":1767323045}"#, to: "/insert/elasticsearch/path/_bulk",
      headers: [.userAgent: "Filebeat/8.17 (linux)"])
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "application/json")
    #expect(answer.headers[try #require(HTTPField.Name("X-Elastic-Product"))] == "Elasticsearch")
    let items = try answer.decoded(as: Answer.self)
    #expect(!items.errors)
    #expect(items.statuses == [201, 201])
    #expect(
      insert.store.events == [
        PublishedEvent(
          topic: "app", id: "1", source: "h",
          payload: #"{"@timestamp":"2026-01-02T03:04:05Z","host":{"name":"h"},"m":1}"#),
        PublishedEvent(topic: "path", id: "2", source: "Filebeat", payload: #"{"@timestamp":1767323045}"#),
      ])
  }

  @Test(arguments: ["/insert/elasticsearch/_bulk", "/insert/elasticsearch/a/_bulk"])
  func takesPutAsWell(path: String) async throws {
    let answer = try await insert.server.answer(
      path, .put, headers: [.contentType: "application/vnd.elasticsearch+x-ndjson; compatible-with=9"],
      body: "{\"index\":{\"_index\":\"a\"}}\n{}\n")
    #expect(try answer.decoded(as: Answer.self).statuses == [201])
  }

  @Test func tellsKnownDocumentsFromNewOnes() async throws {
    _ = try await bulk(#"{"index":{"_index":"a","_id":"1"}}"#, "{}")
    let answer = try await bulk(
      #"{"index":{"_index":"a","_id":"1"}}"#, "{}", #"{"create":{"_index":"a","_id":"1"}}"#, "{}",
      #"{"create":{"_index":"a","_id":"2"}}"#, "{}", #"{"create":{"_index":"a","_id":"2"}}"#, "{}")
    let items = try answer.decoded(as: Answer.self)
    #expect(items.errors)
    #expect(items.statuses == [200, 409, 201, 409])
    #expect(items.items[0]["index"]?.result == "noop")
    #expect(items.items[1]["create"]?.error?.type == "version_conflict_engine_exception")
  }

  @Test func aRetryOfARequestWithoutIDsStoresNothing() async throws {
    let lines = [#"{"create":{"_index":"a"}}"#, #"{"m":1}"#, #"{"create":{"_index":"a"}}"#, #"{"m":1}"#]
    let body = lines.map { $0 + "\n" }.joined()
    let first = try await bulk(body).decoded(as: Answer.self)
    let second = try await bulk(body).decoded(as: Answer.self)
    #expect(first.statuses == [201, 201])
    #expect(second.statuses == [409, 409])
    #expect(first.ids == second.ids)
    #expect(Set(first.ids).count == 2)
    #expect(insert.store.events.count == 2)
  }

  @Test func storesTheGoodDocumentsBesideTheBadOnes() async throws {
    let long = String(repeating: "x", count: 10_240)
    let answer = try await bulk(
      #"{"index":{"_index":"a","_id":"1"}}"#, #"{"m":1}"#, #"{"index":{"_index":"a"}}"#, "not json",
      #"{"index":{"_index":"a"}}"#, "[]", #"{"index":{"_index":"a","_id":"\#(long)"}}"#, "{}",
      #"{"index":{}}"#, "{}", #"{"index":{"_index":"a"}}"#, #"{"n":1e400}"#,
      #"{"index":{"_index":"a"}}"#, #"{"s":"\u0000"}"#,
      #"{"index":{"_index":"a"}}"#, String(repeating: "[", count: 500), #"{"index":{"_index":"a"}}"#,
      #"{"a":\#(String(repeating: "[", count: 200) + String(repeating: "]", count: 200))}"#,
      #"{"index":{"_index":"a"}}"#, #"{"@timestamp":"never"}"#, #"{"delete":{"_id":"1"}}"#,
      #"{"update":{"_id":"1"}}"#, "{}", #"{"index":{"_index":"a","_id":"2"}}"#, #"{"a":1,"a":2}"#)
    let items = try answer.decoded(as: Answer.self)
    #expect(items.statuses == [201] + Array(repeating: 400, count: 11) + [201])
    #expect(insert.store.events.map(\.id) == ["1", "2"])
    #expect(
      insert.store.dead == [
        .eventForm, .eventForm, .eventIDLength, .eventForm, .payloadNumber, .payloadEscape, .eventForm,
        .payloadDepth, .eventForm,
      ])
    let reasons = items.items.compactMap { $0.values.first?.error?.reason }
    #expect(reasons[2] == "the id must have 1 to 255 characters")
    #expect(reasons[3] == "index is missing")
    #expect(reasons[9].contains("not delete"))
  }

  @Test(arguments: [
    ("{\"index\":{}\n{}\n", "application/x-ndjson", 400, "Malformed action/metadata line [1]"),
    ("{\"index\":{}}\n", "application/x-ndjson", 400, "has no document"),
    ("{}", "text/plain", 415, "Content-Type must be one of"),
    ("\u{1F}\u{8B}", "application/x-ndjson", 400, "Malformed"),
  ])
  func refusesABadRequestAsElasticsearchDoes(
    body: String, type: String, status: Int, reason: String
  ) async throws {
    let answer = try await insert.server.publish(body, to: "/insert/elasticsearch/_bulk", type)
    #expect(answer.status.code == status)
    #expect(answer.text.contains("\"root_cause\""))
    #expect(answer.text.contains(reason), "\(answer.text)")
    #expect(insert.store.events.isEmpty)
  }

  @Test func splitsARequestIntoBatches() async throws {
    let small = BatchLimits(bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 10, dictionary: 100)
    let insert = InsertServer(batch: small)
    let body = (0..<95).map { "{\"create\":{\"_index\":\"a\",\"_id\":\"\($0)\"}}\n{}\n" }.joined()
    let first = try await insert.server.publish(
      body, to: "/insert/elasticsearch/_bulk", "application/x-ndjson")
    #expect(try first.decoded(as: Answer.self).statuses == Array(repeating: 201, count: 95))
    #expect(insert.store.events.count == 95)
    let again = try await insert.server.publish(
      body, to: "/insert/elasticsearch/_bulk", "application/x-ndjson")
    #expect(try again.decoded(as: Answer.self).statuses == Array(repeating: 409, count: 95))
  }

  @Test func storesTheGoodOnesOfManyItems() async throws {
    let body = (0..<5_000).map { number in
      "{\"index\":{\"_index\":\"a\",\"_id\":\"\(number)\"}}\n" + (number % 1_000 == 0 ? "x\n" : "{}\n")
    }.joined()
    let answer = try await insert.server.publish(
      body, to: "/insert/elasticsearch/_bulk", "application/x-ndjson")
    let items = try answer.decoded(as: Answer.self)
    #expect(items.statuses.count == 5_000)
    #expect(items.statuses.filter { $0 == 400 }.count == 5)
    #expect(insert.store.events.count == 4_995)
    #expect(insert.store.dead.count == 5)
  }

  @Test func refusesMoreItemsThanAnAnswerHolds() async throws {
    let body = String(repeating: "{\"delete\":{}}\n", count: BulkRoute.mostItems + 1)
    let answer = try await insert.server.publish(
      body, to: "/insert/elasticsearch/_bulk", "application/x-ndjson")
    #expect(answer.status == .contentTooLarge)
  }

  @Test func storesNothingOfARequestWithAForbiddenTopic() async throws {
    let keyring = try Keyring([.limited("p", [.publish], "a.*")])
    var server = insert.server
    server.access = keyring.access
    server.settings.isEncrypted = true
    let body = "{\"index\":{\"_index\":\"a.x\"}}\n{}\n{\"index\":{\"_index\":\"b\"}}\n{}\n"
    let answer = try await server.publish(
      body, to: "/insert/elasticsearch/_bulk", "application/x-ndjson", headers: keyring.fields(of: "p"))
    #expect(answer.status == .forbidden)
    #expect(answer.text.contains("may not publish the topic"))
    #expect(insert.store.events.isEmpty)
  }
}

@Suite struct ElasticsearchProbeRouteTests {
  private let server = InsertServer().server

  @Test(arguments: [
    ("/insert/elasticsearch", "You Know, for Search"), ("/insert/elasticsearch/", "\"number\":\"8."),
    ("/insert/elasticsearch/_license", "\"type\":\"basic\""), ("/insert/elasticsearch/_xpack", "features"),
    ("/insert/elasticsearch/_cluster/health", "green"), ("/insert/elasticsearch/_cat/health", "green"),
    ("/insert/elasticsearch/_nodes/http", "\"nodes\":{}"), ("/insert/elasticsearch/_ilm/policy/x", "{}"),
    ("/insert/elasticsearch/_index_template/x", "{}"), ("/insert/elasticsearch/_template/x", "{}"),
    ("/insert/elasticsearch/_ingest/pipeline/x", "{}"),
  ])
  func answersWhatClientsAskBeforeTheySend(path: String, text: String) async throws {
    let answer = try await server.answer(path)
    #expect(answer.status == .ok)
    #expect(answer.text.contains(text))
    let head = try await server.answer(path, .head)
    #expect(head.status == .ok)
    #expect(head.headers[try #require(HTTPField.Name("X-Elastic-Product"))] == "Elasticsearch")
  }

  @Test func acknowledgesWhatClientsSetUp() async throws {
    for path in ["_index_template/x", "_ilm/policy/x", "_ingest/pipeline/x"] {
      let answer = try await server.answer("/insert/elasticsearch/\(path)", .put, body: "{}")
      #expect(answer.text == #"{"acknowledged":true}"#)
    }
  }

  @Test func hasNoOtherPaths() async throws {
    #expect(try await server.answer("/insert/elasticsearch/x/_search").status == .notFound)
    #expect(try await server.answer("/insert/elasticsearch/x").status == .notFound)
  }
}
