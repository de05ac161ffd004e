import HTTPTypes
import HummingbirdTesting
import Ingest
import Principals
import Testing
import Waiting
import WireProtocol

@testable import HTTPAdmin

/// The parts that all insert routes share: batches, memory, rights, quotas and idempotency keys.
@Suite("Insert requests")
struct InsertRequestsTests {
  /// Two events in a batch.
  private static let small = BatchLimits(bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 2, dictionary: 10)

  private static func lines(_ numbers: some Sequence<Int>) -> String {
    numbers.map { "{\"n\":\($0)}\n" }.joined()
  }

  @Test func aRequestLargerThanABatchMakesSeveral() async throws {
    let server = InsertServer(batch: Self.small)
    #expect(try await server.counts(Self.lines(0..<7)) == InsertCounts(7, processed: 7))
    #expect(server.store.activity.snapshot().acceptedBatches == 4)
    #expect(try await server.counts(Self.lines(5..<9)) == InsertCounts(4, processed: 2, duplicates: 2))
    try await waitUntil { server.store.memory.reserved == 0 }
  }

  @Test func aTopicForEachEventMakesSeveralBatches() async throws {
    let server = InsertServer(
      batch: BatchLimits(bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 1_000, dictionary: 10))
    let counts = try await server.counts(Self.lines(0..<95), "?_topic_field=n")
    #expect(counts == InsertCounts(95, processed: 95))
    #expect(Set(server.store.events.map(\.topic)).count == 95)
  }

  @Test func laterBatchesWaitForRoomInTheQueue() async throws {
    let server = InsertServer(MemoryStore(limits: QueueLimits(bytes: 1 << 20, batches: 1)), batch: Self.small)
    #expect(try await server.counts(Self.lines(0..<201)) == InsertCounts(201, processed: 201))
    try await waitUntil { server.store.memory.reserved == 0 }
  }

  @Test func equalIDsInOneRequestAreOneEvent() async throws {
    let server = InsertServer(batch: Self.small)
    let body = (0..<9).map { "{\"id\":\($0 % 4),\"n\":\($0)}\n" }.joined()
    #expect(
      try await server.counts(body, "?topic=logs&_id_field=id")
        == InsertCounts(9, processed: 4, duplicates: 5))
  }

  @Test func aRequestWithoutMemoryStoresNothing() async throws {
    let store = MemoryStore(memory: 100_000)
    let server = InsertServer(store)
    #expect(store.memory.reserve(99_990))
    let answer = try await server.insert(Self.lines(0..<10))
    #expect(answer.status == .serviceUnavailable)
    #expect(answer.headers[.retryAfter] == "1")
    #expect(store.events.isEmpty && store.memory.reserved == 99_990)
  }

  @Test func anUnavailableStoreTakesNothing() async throws {
    let server = InsertServer()
    server.store.goAway()
    let answer = try await server.insert(Self.lines(0..<3))
    #expect(answer.status == .serviceUnavailable)
    try await waitUntil { server.store.memory.reserved == 0 }
  }

  @Test func aForbiddenTopicRefusesTheWholeRequest() async throws {
    let keyring = try Keyring([.limited("limited", [.publish], "a.*")])
    let server = InsertServer(batch: Self.small, access: keyring.access)
    let fields = keyring.fields(of: "limited")
    let long = String(repeating: "b", count: 70_000)
    for bad in ["{\"t\":\"b\"}", "{\"t\":\"a.1\",\"t\":\"b\"}", "{\"t\":\"\(long)\"}"] {
      let body = Self.lines(0..<5) + "{\"t\":\"a.2\"}\n\(bad)\n"
      let answer = try await server.insert(body, "?topic=a.1&_topic_field=t", headers: fields)
      #expect(answer.status == .forbidden)
      #expect(answer.text.contains("topic-not-allowed"))
      #expect(server.store.events.isEmpty && server.store.dead.isEmpty)
      try await waitUntil { server.store.memory.reserved == 0 }
    }
    #expect(try await server.insert("{", "?topic=b", headers: fields).status == .forbidden)
    let counts = try await server.counts(Self.lines(0..<5) + "{", "?topic=a.1", headers: fields)
    #expect(counts.figures == InsertCounts(6, processed: 5, dead: 1))
  }

  @Test func eventsCountAgainstTheQuota() async throws {
    var principal = Principal(name: "shop", roles: [.publish])
    principal.quota = PublishQuota(events: 2)
    let keyring = try Keyring([principal])
    let server = InsertServer(batch: Self.small, access: keyring.access)
    let fields = keyring.fields(of: "shop")
    #expect(try await server.counts(Self.lines(0..<500), headers: fields).processed == 500)
    #expect(try await server.insert(Self.lines(0..<1), headers: fields).status == .tooManyRequests)
  }

  @Test func aRequestWithAKeyCountsOnceWithAllItsBatches() async throws {
    let server = InsertServer(batch: Self.small)
    let fields: HTTPFields = [.idempotencyKey: "k"]
    // Without a time in the events, each request gives them another time.
    let body = Self.lines(0..<5) + "{bad\n"
    #expect(try await server.counts(body, headers: fields).figures == InsertCounts(6, processed: 5, dead: 1))
    let again = try await server.counts(body, headers: fields)
    #expect(again.repeated == true && again.processed == 5 && again.duplicates == 0 && again.dead == 1)
    #expect(server.store.dead.count == 1)
  }

  @Test func aRepeatedRequestRecordsItsDeadEventsOnce() async throws {
    let server = InsertServer(batch: Self.small)
    let body = "{bad\n" + Self.lines(0..<3) + "{bad\n{worse\n{\"n\":\"\\u0000\"}\n"
    let first = try await server.counts(body)
    #expect(first.figures == InsertCounts(7, processed: 3, dead: 4))
    let again = try await server.counts(body)
    #expect(again.figures == InsertCounts(7, processed: 0, duplicates: 3, dead: 4))
    #expect(again.errors == first.errors && again.repeated == nil)
    #expect(server.store.dead == [.eventForm, .eventForm, .eventForm, .payloadEscape])
    // Other dead events are recorded, also when a part of them was dead before.
    #expect(try await server.counts("{bad\n{bad\n").dead == 2)
    #expect(server.store.dead.count == 6)
    try await waitUntil { server.store.memory.reserved == 0 }
  }

  @Test func deadEventsOfTwoPrincipalsAreDifferent() async throws {
    let keyring = try Keyring([
      Principal(name: "one", roles: [.publish]), Principal(name: "two", roles: [.publish]),
    ])
    let server = InsertServer(access: keyring.access)
    for name in ["one", "two", "one"] {
      #expect(try await server.counts("{bad", headers: keyring.fields(of: name)).dead == 1)
    }
    #expect(server.store.dead.count == 2)
  }

  @Test(arguments: [[0, 1, 2, 3, 4, 9], [0, 1, 2], [0, 1, 2, 3, 4], [9, 1, 2, 3, 4, 5]])
  func aKeyForOtherEventsStoresNothing(_ numbers: [Int]) async throws {
    let server = InsertServer(batch: Self.small)
    let fields: HTTPFields = [.idempotencyKey: "k"]
    #expect(try await server.counts(Self.lines(0..<6), headers: fields).processed == 6)
    let answer = try await server.insert(Self.lines(numbers), headers: fields)
    #expect(answer.status == .unprocessableContent)
    #expect(answer.text.contains("idempotency-key-reused"))
    #expect(server.store.events.count == 6)
  }

  @Test("random requests with retries store each event once", arguments: 0..<20 as Range<UInt64>)
  func randomRequestsStoreEachEventOnce(_ seed: UInt64) async throws {
    let server = InsertServer(batch: Self.small)
    var random = Steps(state: seed)
    var known: Set<String> = []
    var bodies: [String] = []
    // The bad lines are equal, so their number tells requests with the same dead events.
    var dead: Set<Int> = []
    for _ in 0..<12 {
      let isRetry = !bodies.isEmpty && random.below(3) == 0
      let body = isRetry ? bodies[random.below(bodies.count)] : Self.body(&random)
      bodies.append(body)
      var expected = InsertCounts(0, processed: 0)
      var occurrences: [String: Int] = [:]
      var (received, processed, bad) = (0, 0, 0)
      for line in body.split(separator: "\n").map(String.init) {
        received += 1
        guard line.hasSuffix("}") else {
          bad += 1
          continue
        }
        occurrences[line, default: 0] += 1
        // An event with an id is one event, however often it is in a request.
        let key = line.contains("id") ? line : "\(line) \(occurrences[line] ?? 0)"
        if known.insert(key).inserted { processed += 1 }
      }
      dead.insert(bad)
      expected = InsertCounts(
        received, processed: processed, duplicates: received - processed - bad, dead: bad)
      #expect(try await server.counts(body, "?topic=logs&_id_field=id").figures == expected)
    }
    #expect(server.store.events.count == known.count)
    #expect(server.store.dead.count == dead.reduce(0, +))
  }

  private static func body(_ random: inout Steps) -> String {
    (0..<random.below(9)).map { _ in
      switch random.below(6) {
      case 0: "{bad\n"
      case 1, 2: "{\"id\":\(random.below(12))}\n"
      default: "{\"n\":\(random.below(6))}\n"
      }
    }.joined()
  }
}

/// Numbers that follow from a seed (SplitMix64).
private struct Steps {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ mixed >> 31) % UInt64(bound))
  }
}
