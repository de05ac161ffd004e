import ClientLib
import ModelServer
import Testing

@testable import Publisher

@Suite struct VerificationTests {
  private func result(
    sent: UInt64 = 100, committed: UInt64 = 100, unique: UInt64 = 65, duplicates: UInt64 = 35,
    unknown: UInt64 = 0,
    expected: UInt64? = 65, hasFreshKeys: Bool = true
  ) -> Run.Result {
    var result = Run.Result()
    (result.totals.sent, result.totals.committed) = (sent, committed)
    (result.totals.unique, result.totals.duplicates) = (unique, duplicates)
    result.totals.unknownBatches = unknown
    result.uniqueExpected = expected
    result.hasFreshKeys = hasFreshKeys
    return result
  }

  private func problem(_ received: Int64, _ unique: Int64, _ duplicates: Int64, _ result: Run.Result)
    -> String?
  {
    let before = ServerCounts(received: 7, uniqueProcessed: 4, duplicateDropped: 2, dead: 1, conflicts: nil)
    let after = ServerCounts(
      received: 7 + received, uniqueProcessed: 4 + unique, duplicateDropped: 2 + duplicates, dead: 1,
      conflicts: nil)
    return Verification(before: before, after: after, result: result).problem
  }

  @Test func findsNoProblemWhenCountsAgree() {
    #expect(problem(100, 65, 35, result()) == nil)
    #expect(problem(100, 60, 40, result(unique: 60, duplicates: 40, expected: nil)) == nil)
  }

  @Test func expectsNoNumberOfKeysThatMayBeStoredAlready() {
    #expect(problem(100, 60, 40, result(unique: 60, duplicates: 40, hasFreshKeys: false)) == nil)
  }

  @Test func namesTheFirstDifference() {
    let cases: [(String, Int64, Int64, Int64, Run.Result)] = [
      ("only 90 were acknowledged", 90, 55, 35, result(committed: 90)),
      ("counted 101 received", 101, 66, 35, result()),
      ("counted 64 unique", 100, 64, 36, result()),
      ("do not add up", 100, 65, 34, result()),
      ("65 unique keys were sent, the server stored 60", 100, 60, 40, result(unique: 60, duplicates: 40)),
      ("counted 99 received", 99, 65, 34, result(unknown: 1)),
      ("65 unique keys were sent", 100, 66, 34, result(unknown: 1)),
    ]
    for (words, received, unique, duplicates, result) in cases {
      let found = problem(received, unique, duplicates, result)
      #expect(found?.contains(words) == true, "\(words): \(found ?? "nothing")")
    }
  }

  /// Whatever answers at the address may send any numbers.
  @Test func numbersBeyond64BitsAreADifference() {
    let most = ServerCounts(
      received: .max, uniqueProcessed: .max, duplicateDropped: .max, dead: .max, conflicts: .max)
    let least = ServerCounts(
      received: .min, uniqueProcessed: .min, duplicateDropped: .min, dead: .min, conflicts: .min)
    for (before, after) in [(most, least), (least, most)] {
      let verification = Verification(before: before, after: after, result: result())
      #expect(verification.problem?.contains("do not add up") == true)
    }
  }

  @Test func printsADashWithoutLatencies() {
    #expect(problem(100, 65, 35, result(unique: 10, duplicates: 5, unknown: 3)) == nil)
  }
}

@Suite(.timeLimit(.minutes(2))) struct StatsPageTests {
  @Test func readsTheCounters() async throws {
    let server = try StatsServer(SharedLedger(), excess: 3)
    let counts = try await #require(StatsPage(base: server.url)).read()
    #expect(
      counts == ServerCounts(received: 3, uniqueProcessed: 3, duplicateDropped: 0, dead: 0, conflicts: 0))
  }

  @Test func namesThePageThatDoesNotAnswer() async throws {
    let server = try ModelServer()
    let url = "http://127.0.0.1:\(server.port)/base"
    let failure = await #expect(throws: RunFailure.self) { try await #require(StatsPage(base: url)).read() }
    #expect(failure?.status == .unreachable)
    #expect(failure?.description.contains("\(url)/stats") == true)
  }

  @Test(arguments: ["", "localhost:8080", "ftp://localhost", "http://", "://"]) func needsAnHTTPURL(
    _ text: String
  ) {
    #expect(StatsPage(base: text) == nil)
  }
}

@Suite struct DeadPageTests {
  @Test func printsTheFirstReasonsOrWhereToFindThem() {
    #expect(
      DeadPage.summary(3, ["TOPIC_EMPTY (no topic)", "ID_EMPTY"], of: []).contains(
        "the first reasons: TOPIC_EMPTY (no topic); ID_EMPTY"))
    let producers = [Producer.Identity.random(), .random()]
    let summary = DeadPage.summary(3, [], of: producers)
    #expect(summary.hasPrefix("3 events are dead") && summary.contains("GET /dead on the server's HTTP port"))
    #expect(summary.contains("those with the producer \(producers[0]) and 1 others"))
  }

  @Test func isBelowTheHTTPAddress() {
    #expect(DeadPage(base: "http://h:1/") != nil)
    #expect(DeadPage(base: "h:1") == nil)
  }

  @Test func asksForTheFirstDeadEventsOfAProducer() {
    let producer = Producer.Identity.random()
    #expect(DeadPage.path(of: producer) == "/dead?producer=\(producer)&order=asc&limit=100")
  }
}
