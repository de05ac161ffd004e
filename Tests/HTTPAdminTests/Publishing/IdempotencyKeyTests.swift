import HTTPTypes
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("IdempotencyKey")
struct IdempotencyKeyTests {
  @Test(
    arguments: [
      ("abc", "abc"), ("\"abc\"", "abc"), (#""a\"b\\c""#, #"a"b\c"#), ("a\"b", "a\"b"),
      (String(repeating: "x", count: 255), String(repeating: "x", count: 255)),
    ])
  func readsAKeyWithAndWithoutQuotationMarks(_ field: String, _ text: String) throws {
    #expect(try IdempotencyKey(field: field).text == text)
  }

  @Test(arguments: [
    "", "\"\"", "\"abc", "\"a\"b\"", #""a\b""#, "\"a\\\"", "ä", String(repeating: "x", count: 256),
  ])
  func refusesMalformedKeys(_ field: String) {
    let problem = #expect(throws: Problem.self) { try IdempotencyKey(field: field) }
    #expect(problem?.status == .badRequest)
    #expect(problem?.errors.map(\.place) == [.field("Idempotency-Key")])
  }

  @Test func alwaysGivesTheSameProducer() throws {
    let key = try IdempotencyKey(field: "abc").producer(of: "")
    #expect(key == (try IdempotencyKey(field: "\"abc\"").producer(of: "")))
    #expect(key != (try IdempotencyKey(field: "abd").producer(of: "")))
    #expect(key.description == "5745ace7-797f-5874-8107-3dd67085fcec")
  }

  /// The values are published in RFC 9562, A.4, and RFC 3174, 7.3.
  @Test func makesTheUUIDsOfTheStandard() throws {
    let dns = try #require(ProducerID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
    let id = ProducerID(name: Array("www.example.com".utf8), in: dns)
    #expect(id.description == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
  }

  @Test(
    arguments: [
      ("", [0xDA39_A3EE, 0x5E6B_4B0D, 0x3255_BFEF, 0x9560_1890, 0xAFD8_0709]),
      ("abc", [0xA999_3E36, 0x4706_816A, 0xBA3E_2571, 0x7850_C26C, 0x9CD0_D89D]),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        [0x8498_3E44, 0x1C3B_D26E, 0xBAAE_4AA1, 0xF951_29E5, 0xE546_70F1]
      ),
      (
        String(repeating: "01234567", count: 80),
        [0xDEA3_56A2, 0xCDDD_90C7, 0xA7EC_EDC5, 0xEBB5_6393, 0x4F46_0452]
      ),
    ] as [(String, [UInt32])])
  func digestsAsPublished(_ message: String, _ digest: [UInt32]) {
    #expect(SHA1.digest(of: Array(message.utf8)) == digest)
  }
}

@Suite("POST /publish with an Idempotency-Key")
struct RepeatedRequestTests {
  private let store = MemoryStore()
  private let server: TestServer
  private let body = "[\(PublishedEvent(id: "1").json),\(PublishedEvent(id: "2").json)]"

  init() {
    server = TestServer(publishing: store.services())
  }

  private func publish(_ body: String, key: String = "k") async throws -> TestResponse {
    try await server.publish(body, headers: [.idempotencyKey: key])
  }

  @Test func aRepeatedRequestGetsTheFirstCounts() async throws {
    let first = try await publish(body)
    #expect(first.text.contains("\"processed\":2,\"duplicates\":0,\"accepted\":2,"))
    let second = try await publish(body)
    #expect(second.status == .ok)
    #expect(second.text.contains("\"processed\":2,\"duplicates\":0,\"repeated\":true,"))
    #expect(store.events.count == 2)
  }

  @Test func theSameEventsWithAnotherKeyAreDuplicates() async throws {
    _ = try await publish(body)
    #expect(try await publish(body, key: "l").text.contains("\"processed\":0,\"duplicates\":2,"))
  }

  @Test func refusesOtherEventsWithTheSameKey() async throws {
    _ = try await publish(body)
    let answer = try await publish(PublishedEvent(id: "3").json)
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().type == "urn:sluice:problem:idempotency-key-reused")
    #expect(store.events.count == 2)
  }

  @Test func registersTheKeysProducerFirst() async throws {
    _ = try await publish(body)
    let registration = try #require(store.registered.first)
    #expect(registration.producer == (try IdempotencyKey(field: "k").producer(of: "")))
    #expect(registration.base == 1)
  }

  @Test(
    arguments: [
      (.stale, 200, "\"processed\":null,\"duplicates\":null,\"repeated\":true"),
      (.unavailable, 503, "store-unavailable"), (.notYours, 422, "idempotency-key-reused"),
    ] as [(RegistrationError, Int, String)])
  func answersAFailedRegistration(_ refusal: RegistrationError, _ status: Int, _ text: String) async throws {
    store.refuse(refusal)
    let answer = try await publish(body)
    #expect(answer.status.code == status)
    #expect(answer.text.contains(text))
    #expect(store.events.isEmpty)
  }
}

@Suite("RequestProducer")
struct RequestProducerTests {
  @Test func theBaseIsTheLowestUnsettledSequence() {
    let producer = RequestProducer(id: ProducerID(high: 1, low: 1))
    #expect(producer.begin() == RequestProducer.Number(sequence: 1, base: 1))
    #expect(producer.begin() == RequestProducer.Number(sequence: 2, base: 1))
    producer.end(2)
    #expect(producer.begin() == RequestProducer.Number(sequence: 3, base: 1))
    producer.end(1)
    #expect(producer.begin() == RequestProducer.Number(sequence: 4, base: 3))
    producer.end(3)
    producer.end(4)
    #expect(producer.begin() == RequestProducer.Number(sequence: 5, base: 5))
  }
}
