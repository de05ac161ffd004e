import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Principals
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("HTTP publishers")
struct HTTPPublishersTests {
  private static let producer = HTTPField.Name("Sluice-Producer")

  private struct Shown: Decodable, Equatable {
    let name: String
    let by: String
    let requests: Int
    let received: Int
    let unique: Int
    let duplicate: Int
    let dead: Int
  }

  private struct Page: Decodable {
    let publishers: [Shown]

    enum CodingKeys: String, CodingKey {
      case publishers = "http_publishers"
    }
  }

  /// Sends the bodies with the header fields that belong to each, and returns what `/producers` shows.
  private func shown(
    _ requests: [(body: String, path: String, fields: HTTPFields)], by server: TestServer,
    asking fields: HTTPFields = [:]
  ) async throws -> [Shown] {
    try await server.withClient { client in
      for (body, path, fields) in requests {
        var fields = fields
        fields[.contentType] = "application/x-ndjson"
        try await client.execute(uri: path, method: .post, headers: fields, body: ByteBuffer(string: body)) {
          #expect($0.status == .ok, "\($0.text)")
        }
      }
      return try await client.execute(uri: "/producers", method: .get, headers: fields) { answer in
        #expect(answer.text.matches(of: /"last_at":"20[2-9]\d-[^"]+Z"/).count >= 1)
        return try answer.decoded(as: Page.self).publishers
      }
    }
  }

  @Test func areNamedByTheirHeadersAndCountedApart() async throws {
    let server = TestServer(publishing: MemoryStore().services())
    let (one, two) = (PublishedEvent(id: "1").json, PublishedEvent(id: "2").json)
    let agent: HTTPFields = [.userAgent: "agent/1"]
    var named = agent
    if let name = Self.producer { named[name] = "shop \u{202E}<b>" }
    let shown = try await shown(
      [
        ("\(one)\n\(two)", "/publish", named), (one, "/publish/batch", named), (two, "/publish", agent),
        ("\(one)\n{}", "/publish?partial=true", [:]),
      ], by: server)
    #expect(
      shown == [
        Shown(name: "", by: "none", requests: 1, received: 2, unique: 0, duplicate: 1, dead: 1),
        Shown(name: "agent/1", by: "User-Agent", requests: 1, received: 1, unique: 0, duplicate: 1, dead: 0),
        Shown(
          name: "shop \\u{202e}<b>", by: "Sluice-Producer", requests: 2, received: 3, unique: 2, duplicate: 1,
          dead: 0),
      ])
  }

  @Test func aPrincipalGoesBeforeTheHeaders() async throws {
    let keyring = try Keyring([Principal(name: "shop", roles: [.publish, .admin])])
    var server = TestServer(publishing: MemoryStore().services())
    server.access = keyring.access
    server.settings.isEncrypted = true
    var fields = keyring.fields(of: "shop")
    if let name = Self.producer { fields[name] = "other" }
    let shown = try await shown(
      [(PublishedEvent().json, "/publish", fields)], by: server, asking: keyring.fields(of: "shop"))
    #expect(shown.map(\.name) == ["shop"] && shown.map(\.by) == ["principal"])
  }

  @Test func aRepeatedRequestCountsItsEventsOnce() async throws {
    let server = TestServer(publishing: MemoryStore().services())
    let fields: HTTPFields = [.idempotencyKey: "k", .userAgent: "a"]
    let request = (PublishedEvent().json, "/publish", fields)
    let shown = try await shown([request, request, request], by: server)
    #expect(shown.first?.unique == 1 && shown.first?.duplicate == 0 && shown.first?.requests == 3)
  }

  @Test func aRequestOfSeveralBatchesIsOneRequest() async throws {
    let small = BatchLimits(bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 2, dictionary: 10)
    let server = TestServer(publishing: MemoryStore().services(batch: small))
    let body = (0..<7).map { "{\"n\":\($0)}\n" }.joined() + "{bad\n"
    let shown = try await shown([(body, "/insert/jsonline?topic=t", [.userAgent: "a"])], by: server)
    #expect(
      shown == [
        Shown(name: "a", by: "User-Agent", requests: 1, received: 8, unique: 7, duplicate: 0, dead: 1)
      ])
  }

  @Test func furtherOnesAreCountedTogether() {
    let publishers = HTTPPublishers()
    for round in 1...2 {
      for number in 0..<HTTPPublishers.capacity + 44 {
        publishers.update(HTTPPublisher(.userAgent, "agent \(number)")) { $0.requests += round }
      }
    }
    let all = publishers.all
    #expect(all.count == HTTPPublishers.capacity + 1)
    #expect(all.dropLast().allSatisfy { $0.figures.requests == 3 })
    #expect(all.last?.publisher == HTTPPublisher(.others, "") && all.last?.figures.requests == 44 * 3)
  }

  @Test(arguments: [true, false], [true, false])
  func countsABatchWhicheverComesFirst(_ isSettledFirst: Bool, _ isOwn: Bool) {
    let publishers = HTTPPublishers()
    let count = HTTPPublisherCount(HTTPPublisher(.header, "p"), in: publishers, isFirst: true)
    let outcome = BatchOutcome.committed(BatchCounts(unique: 4, duplicate: 3, dead: 2))
    if isSettledFirst { count.settled(outcome) }
    count.accepted(9, isOwn: isOwn)
    if !isSettledFirst { count.settled(outcome) }
    let figures = publishers.all.first?.figures
    #expect(figures?.requests == 1 && figures?.received == (isOwn ? 9 : 0))
    #expect(figures?.unique == (isOwn ? 4 : 0) && figures?.duplicate == (isOwn ? 3 : 0))
    #expect(figures?.dead == (isOwn ? 2 : 0))
  }
}

@Suite("Counts by input")
struct InputCountsTests {
  private static let requests: [(uri: String, type: String, body: String, input: InputName)] = [
    ("/publish", "application/json", PublishedEvent(id: "1").json, .publish),
    ("/publish/batch", "application/json", "[\(PublishedEvent(id: "2").json)]", .publishBatch),
    ("/insert/jsonline?topic=t", "application/x-ndjson", "{}", .jsonLines),
    (
      "/insert/elasticsearch/i/_bulk", "application/x-ndjson", "{\"create\":{}}\n{\"@timestamp\":1}\n", .bulk
    ),
    (
      "/insert/opentelemetry/v1/logs?topic=t", "application/json",
      #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}"#, .logs
    ),
    (
      "/insert/loki/api/v1/push?topic=t", "application/json",
      #"{"streams":[{"stream":{"a":"b"},"values":[["1767323045000000000","x"]]}]}"#, .loki
    ),
    (
      "/insert/cloudevents", "application/cloudevents+json",
      #"{"specversion":"1.0","id":"1","source":"/s","type":"t"}"#, .cloudEvents
    ),
  ]

  @Test("each route counts its events under its name", arguments: Self.requests)
  func eachRouteCountsItsEvents(uri: String, type: String, body: String, input: InputName) async throws {
    let store = MemoryStore()
    let answer = try await TestServer(publishing: store.services()).publish(body, to: uri, type)
    #expect(answer.status.kind == .successful, "\(answer.text)")
    let inputs = store.activity.snapshot().inputs
    #expect(inputs[input]?.acceptedBatches == 1 && inputs[input]?.acceptedEvents == 1)
    #expect(inputs.filter { $0.value != InputCounts() }.count == 1)
  }

  /// `RepublishRouteTests` tests its input.
  @Test func everyInputButTCPIsTested() {
    #expect(Set(Self.requests.map(\.input)).union([.tcp, .republish]) == Set(InputName.allCases))
  }
}
