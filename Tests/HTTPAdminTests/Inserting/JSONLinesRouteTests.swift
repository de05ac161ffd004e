import HTTPTypes
import HummingbirdTesting
import Ingest
import Principals
import Testing
import Waiting
import WireProtocol

@testable import HTTPAdmin

@Suite("POST /insert/jsonline")
struct JSONLinesRouteTests {
  private let server = InsertServer()

  @Test func storesEachLineByTheMapping() async throws {
    let body = """
      {"@timestamp":"2026-01-02T03:04:05.5Z","log":{"id":7},"host":"web1","message":"one"}
      {"@timestamp":1767323046,"log":{"id":"eight"},"host":"web2","message":"two","kind":"audit"}
      """
    let query =
      "?topic=logs&_topic_field=kind&_time_field=%40timestamp&_id_field=log.id&_source_field=host&drop=1"
    #expect(try await server.counts(body, query) == InsertCounts(2, processed: 2))
    #expect(
      server.store.events == [
        PublishedEvent(
          topic: "logs", id: "7", source: "web1", timestamp: 1_767_323_045_500_000,
          payload: #"{"log":{},"message":"one"}"#),
        PublishedEvent(
          topic: "audit", id: "eight", source: "web2", timestamp: 1_767_323_046_000_000,
          payload: #"{"log":{},"message":"two"}"#),
      ])
  }

  @Test func takesTheMappingFromTheFieldAndPrefersTheQuery() async throws {
    let fields: HTTPFields = [
      try #require(HTTPField.Name("Sluice-Mapping")): "topic=field&source=a%20b&_id_field=i"
    ]
    #expect(try await server.counts(#"{"i":1}"#, "", headers: fields).processed == 1)
    #expect(try await server.counts(#"{"i":1}"#, "?topic=query", headers: fields).processed == 1)
    #expect(server.store.events.map(\.topic) == ["field", "query"])
    #expect(server.store.events.map(\.source) == ["a b", "a b"])
  }

  @Test func takesTheWordsOfANamedMappingThatTheRequestDoesNotHave() async throws {
    let server = InsertServer(mappings: ["app": "topic=named&source=named&_id_field=i", "other": "topic=o"])
    let fields: HTTPFields = [try #require(HTTPField.Name("Sluice-Mapping")): "source=field&topic=field"]
    #expect(try await server.counts(#"{"i":1}"#, "?mapping=app").processed == 1)
    #expect(try await server.counts(#"{"i":2}"#, "?mapping=app&topic=query", headers: fields).processed == 1)
    #expect(server.store.events.map(\.topic) == ["named", "query"])
    #expect(server.store.events.map(\.source) == ["named", "field"])
    #expect(server.store.events.map(\.id) == ["1", "2"])
    for (query, detail) in [
      ("?mapping=ap", "The configuration has no http.mappings.ap. Did you mean app?"),
      ("?mapping=", "The configuration has no http.mappings.."), ("?mapping=app&mapping=app", "2 times"),
    ] {
      let answer = try await server.insert("{}", query)
      #expect(answer.status == .unprocessableContent)
      #expect(try answer.problem().errors?.first?.detail.contains(detail) == true, "\(answer.text)")
    }
  }

  @Test(
    arguments: [
      ("?source=x", "topic", 422), ("?topic=a&topik=b", "topik", 422),
      ("?topic=a&_id_field=", "_id_field", 422),
      ("?topic=%FF", "topic", 400), ("?topic=a&_on_error=no", "_on_error", 422),
    ])
  func refusesABadMapping(_ query: String, _ word: String, _ status: Int) async throws {
    let answer = try await server.insert("{}", query)
    #expect(answer.status.code == status)
    #expect(try answer.problem().errors?.map(\.parameter) == [word])
    #expect(server.store.events.isEmpty)
  }

  @Test func refusesABadMappingInTheField() async throws {
    let field = try #require(HTTPField.Name("Sluice-Mapping"))
    for value in ["topic=a&_time_feld=t", "topic=a&drop=maybe", "topic=%zz"] {
      let answer = try await server.insert("{}", "", headers: [field: value])
      #expect(answer.status == .badRequest)
      #expect(answer.text.contains("Sluice-Mapping"), "\(answer.text)")
    }
  }

  @Test func aRepeatedRequestFindsItsEvents() async throws {
    let body = "{\"a\":1}\n{\"a\":1}\n{\"a\":2}\n"
    #expect(try await server.counts(body) == InsertCounts(3, processed: 3))
    #expect(try await server.counts(body) == InsertCounts(3, processed: 0, duplicates: 3))
    #expect(Set(server.store.events.map(\.id)).count == 3)
    #expect(server.store.events.allSatisfy { $0.id.hasPrefix("c-") && $0.id.utf8.count == 34 })
  }

  @Test(
    arguments: [
      ("", 0), ("\n\r\n \t\n", 0), ("\u{FEFF}", 0), ("\u{FEFF}{\"a\":1}", 1),
      ("{\"a\":1}\r\n{\"a\":2}\r\n", 2),
      ("{\"a\":1}\n\n{\"a\":2}", 2), ("  {\"a\":1}  \n", 1), ("12345678\n1\n", 2),
    ])
  func takesLinesAsProgramsWriteThem(_ body: String, _ count: Int) async throws {
    let answer = try await server.insert(body)
    #expect(answer.status == .ok)
    #expect(try answer.decoded(as: InsertCounts.self) == InsertCounts(count, processed: count))
  }

  @Test(
    arguments: [
      ("[]", 0), (" [ {\"a\":1} , 2, [3] ] \n", 3), ("{\n  \"a\": 1\n}\n", 1), ("{\"a\":1}\n{\"a\":2}\n", 2),
      ("7", 1),
      ("\u{FEFF}[{}]", 1),
    ])
  func takesArraysAndOneValueAsJSON(_ body: String, _ count: Int) async throws {
    #expect(
      try await server.counts(body, "?topic=logs", "application/json; charset=UTF-8")
        == InsertCounts(count, processed: count))
  }

  @Test(arguments: [
    "application/json", "application/x-ndjson", "application/jsonl", "application/json-lines",
    "Application/Stream+JSON; charset=\"utf-8\"", "text/plain;charset=utf-8", "application/ndjson",
  ])
  func takesTheUsualMediaTypes(_ type: String) async throws {
    #expect(try await server.counts("{}", "?topic=logs", type).processed == 1)
  }

  @Test(arguments: ["", "text/html", "application/x-www-form-urlencoded", "application/json; charset=utf-16"])
  func refusesOtherMediaTypes(_ type: String) async throws {
    let answer = try await server.insert("{}", "?topic=logs", type)
    #expect(answer.status == .unsupportedMediaType)
    #expect(answer.headers[.accept]?.contains("application/x-ndjson") == true)
    #expect(server.store.events.isEmpty)
  }
}

/// Bad lines among good ones.
@Suite("Bad events of POST /insert/jsonline")
struct BadJSONLinesTests {
  private let server = InsertServer()

  static let bad: [(line: String, reason: DeadReason, hint: String)] = [
    ("{", .eventForm, "not JSON"), ("{\"id\":1}}", .eventForm, "follows"),
    ("{\"id\":1,}", .eventForm, "name"),
    ("{\"id\":1 \"a\":2}", .eventForm, "missing"), ("{'id':1}", .eventForm, "name"),
    ("\u{0}", .eventForm, "JSON"),
    ("{\"id\":tru}", .eventForm, "text or a number"), ("{\"id\":1,\"a\":tru}", .payloadSyntax, "not JSON"),
    ("{\"id\":1,\"a\":01}", .payloadSyntax, "not JSON"), ("nonsense", .payloadSyntax, "not JSON"),
    ("{\"id\":[]}", .eventForm, "id"), ("{\"id\":1,\"id\":2}", .eventForm, "twice"),
    ("{\"id\":1,\"t\":\"soon\"}", .eventForm, "time"),
    ("{\"id\":1,\"t\":\"0000-01-01\"}", .timestampRange, "years"),
    ("{\"id\":\"\(String(repeating: "x", count: 256))\"}", .eventIDLength, "255"),
    ("{\"id\":\"\(String(repeating: "x", count: 70_000))\"}", .eventIDLength, "255"),
    ("{\"id\":\"a\\u0000\"}", .eventIDText, "U+0000"),
    ("{\"id\":1,\"a\":\"\\u0000\"}", .payloadEscape, "u0000"),
    ("{\"id\":1,\"a\":\"\\ud800\"}", .payloadEscape, "surrogate"),
    ("{\"id\":1,\"a\":1e999}", .payloadNumber, "exponent"),
    (String(repeating: "[", count: 200) + String(repeating: "]", count: 200), .payloadDepth, "levels"),
    (
      "{\"id\":1,\"a\":\"\(String(repeating: "x", count: 300_000))\"}", .payloadLength, "limits.payload.bytes"
    ),
  ]

  @Test(arguments: bad.indices)
  func becomesADeadEventAndTheOthersAreStored(_ index: Int) async throws {
    let (line, reason, hint) = Self.bad[index]
    let counts = try await server.counts(
      "{\"id\":\"first\"}\n\n\(line)\n{\"id\":\"last\"}", "?topic=logs&_id_field=id&_time_field=t")
    #expect(counts.figures == InsertCounts(3, processed: 2, dead: 1))
    #expect(server.store.dead == [reason])
    #expect(server.store.events.map(\.id) == ["first", "last"])
    let faults = try #require(counts.errors)
    #expect(faults.map(\.line) == [3] && faults.map(\.pointer) == ["/1"])
    #expect(faults[0].detail.contains(hint), "\(faults[0].detail)")
  }

  @Test(arguments: ["&_payload_field=p", "&drop=1&_id_field=id"])
  func aLineIsCheckedAsAWholeWhenOnlyAPartIsStored(_ words: String) async throws {
    let counts = try await server.counts(
      "{\"p\":{},\"id\":1,\"a\":tru}\n{\"p\":{},\"id\":2,\"a\":1}", "?topic=logs\(words)")
    #expect(counts.figures == InsertCounts(2, processed: 1, dead: 1))
    #expect(server.store.dead == [.eventForm])
  }

  @Test func bytesThatAreNotUTF8AreDead() async throws {
    let body = Array("{\"a\":\"".utf8) + [0xC3, 0x28] + Array("\"}\n{\"a\":1}".utf8)
    let answer = try await server.insert(body)
    #expect(try answer.decoded(as: InsertCounts.self).figures == InsertCounts(2, processed: 1, dead: 1))
    #expect(server.store.dead == [.payloadText])
  }

  @Test(
    arguments: [
      ("[{\"a\":1},{\"a\":2", 1), ("[{\"a\":1} {\"a\":2}]", 1), ("[{\"a\":1},]", 1), ("[{\"a\":1}] x", 1),
      ("[", 0),
    ])
  func theRestOfABrokenArrayIsOneDeadEvent(_ body: String, _ good: Int) async throws {
    let counts = try await server.counts(body, "?topic=logs", "application/json")
    #expect(counts.figures == InsertCounts(good + 1, processed: good, dead: 1))
  }

  @Test func countsAllAndListsTheFirstTwenty() async throws {
    let lines = (0..<50_000).map { $0 % 5 == 0 ? "{bad" : "{\"n\":\($0)}" }
    let counts = try await server.counts(lines.joined(separator: "\n"))
    #expect(counts.figures == InsertCounts(50_000, processed: 40_000, dead: 10_000))
    #expect(counts.errors?.map(\.line) == (0..<20).map { $0 * 5 + 1 })
  }

  @Test func refusesAllWhenTheMappingSaysSo() async throws {
    let answer = try await server.insert("{\"a\":1}\n{\n{\"a\":2}", "?topic=logs&_on_error=refuse")
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.pointer) == ["/1"])
    #expect(server.store.events.isEmpty && server.store.dead.isEmpty)
    try await waitUntil { server.store.memory.reserved == 0 }
    #expect(try await server.counts("{\"a\":1}", "?topic=logs&_on_error=refuse").processed == 1)
  }

  @Test(arguments: [[0x1F, 0x8B, 8, 0], [0x28, 0xB5, 0x2F, 0xFD], [0xFF, 0xFE, 0x7B, 0]] as [[UInt8]])
  func refusesCompressedBytesAndOtherEncodings(_ body: [UInt8]) async throws {
    #expect(try await server.insert(body).status == .unsupportedMediaType)
    #expect(server.store.dead.isEmpty)
  }

  @Test func anEventThatNoBatchCanHoldIsDead() async throws {
    let limits = BatchLimits(bodyBytes: 64 << 10, rawBytes: 64 << 10, events: 1_000, dictionary: 10)
    let server = InsertServer(batch: limits)
    let counts = try await server.counts(
      "{\"a\":1}\n\"\(String(repeating: "x", count: 100_000))\"\n{\"a\":2}")
    #expect(counts.figures == InsertCounts(3, processed: 2, dead: 1))
    #expect(server.store.dead == [.payloadLength])
  }
}
