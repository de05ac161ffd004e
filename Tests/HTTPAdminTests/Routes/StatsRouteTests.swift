import HTTPTypes
import HummingbirdTesting
import Ingest
import Principals
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("GET /stats")
struct StatsRouteTests {
  @Test func noPercentileIsAboveTheLongestTime() {
    let figures = LatencyFigures(
      p50: .milliseconds(2), p95: .milliseconds(9), p99: .milliseconds(9), max: .milliseconds(8))
    #expect(figures.p50 == .milliseconds(2))
    #expect(figures.p95 == figures.max && figures.p99 == figures.max)
  }

  @Test func showsCountersAndFiguresUnderTheirNames() async throws {
    let server = TestServer(
      queries: MemoryQueries { state in
        state.totals = StoreTotals(received: 9, unique: 6, duplicate: 2, dead: 1, conflicts: 1)
        state.names = TopicNames(names: ["a", "b\n"], count: 2000)
      })
    #expect(
      try await server.answer("/stats").text == """
        {"counters_at":"2026-01-02T03:04:05.000000Z","received":9,"unique_processed":6,"duplicate_dropped":2,"dead":1,"republished":0,"conflicts":1,\
        "duplicate_rate":0.222222,\
        "topics":["a","b\\n"],"topics_count":2000,"uptime_seconds":90,\
        "started_at":"2026-01-02T03:04:05.000000Z",\
        "status":"healthy","phase":"serving","throughput":{"accepted":{"per_second_1s":100.0,"per_second_10s":90.0,\
        "per_second_60s":80.0},\
        "committed":{"per_second_1s":99.0,"per_second_10s":89.0,"per_second_60s":79.0}},\
        "latency_ms":{"accept":null,"commit":{"p50":1.5,"p95":9.0,"p99":20.0,"max":40.0}},\
        "queue":{"batches":3,"bytes":4096,"limit_bytes":1048576,"limit_batches":4096,\
        "oldest_ms":12.0},\
        "writers":{"count":4,"busy":1},"retention_overdue_seconds":0.0,"connections":7,"version":"1.2.3",\
        "servers":[],"inputs":{"tcp":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/publish":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/publish/batch":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/insert/jsonline":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/insert/elasticsearch/_bulk":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/insert/opentelemetry/v1/logs":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/insert/loki/api/v1/push":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/insert/cloudevents":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0},\
        "/dead/{dead_id}/republish":{"batches":0,"events":0,"unique":0,"duplicate":0,"dead":0}},\
        "received_count":9,"unique_processed_count":6,"duplicate_dropped_count":2,"queue_length":3}

        """)
  }

  @Test func hasAStatusForEachState() async throws {
    func state(_ change: (inout ServerStatus) -> Void) async throws -> String {
      var server = TestServer()
      change(&server.status)
      let answer = try await server.answer("/stats").decoded(as: JSONValue.self)
      return [answer["status"]?.text, answer["phase"]?.text].compactMap(\.self).joined(separator: " ")
    }
    let problem = ProblemFigures(
      component: "writer 0", kind: .memory, reason: "r", since: 0, lasted: .seconds(9))
    #expect(try await state { _ in } == "healthy serving")
    #expect(try await state { $0.problems = [problem] } == "degraded serving")
    #expect(try await state { $0.storeUnavailableSince = 0 } == "unhealthy serving")
    #expect(try await state { $0.phase = .draining } == "draining draining")
    #expect(try await state { $0.phase = .starting } == "starting starting")
  }

  @Test func waitsForTheDatabaseOnlyWhenItIsAskedTo() async throws {
    let server = TestServer()
    #expect(try await server.answer("/stats").status == .ok)
    #expect(server.queries.totalsRead == 0)
    #expect(try await server.answer("/stats?fresh=1").status == .ok)
    #expect(server.queries.totalsRead == 1)
    #expect(try await server.answer("/stats?fresh=maybe").status == .unprocessableContent)
    #expect(try await server.answer("/stats?frsh=1").status == .unprocessableContent)
    #expect(try await server.answer("/stats?x=1").text.contains("\"ignored_parameters\":[\"x\"]"))
  }

  @Test func countsWholeSeconds() async throws {
    var server = TestServer()
    server.status.uptime = .milliseconds(1_999)
    #expect(try await server.answer("/stats").text.contains("\"uptime_seconds\":1,"))
  }

  @Test func listsTheServersOfTheDatabase() async throws {
    let server = TestServer(
      queries: MemoryQueries { state in
        state.servers = [
          StoredServer(
            id: ProducerID(high: 0, low: 7),
            description: ServerDescription(name: "one", address: "one:7171", version: "1.2.3"),
            startedAt: 1_767_323_045_000_000, seenAt: 1_767_323_046_000_000, isAlive: true,
            doesMaintenance: false)
        ]
      })
    let text = try await server.answer("/stats").text
    #expect(
      text.contains(
        """
        "servers":[{"id":"00000000-0000-0000-0000-000000000007","name":"one","address":"one:7171",\
        "version":"1.2.3","started_at":"2026-01-02T03:04:05.000000Z",\
        "seen_at":"2026-01-02T03:04:06.000000Z","alive":true,"maintenance":false}]
        """))
  }

  @Test func countsTheDeadEventsThatWerePublishedAgain() async throws {
    var server = TestServer()
    server.status.activity.republishedEvents = 3
    #expect(try await server.answer("/stats").text.contains("\"dead\":0,\"republished\":3,"))
    #expect(try await server.answer("/metrics").text.contains("\nsluice_republished_events_total 3\n"))
  }

  @Test func asksForTheServersOnlyForReadersWhoSeeThem() async throws {
    let keyring = try Keyring([.limited("limited", [.read], "a.*"), Principal(name: "all", roles: [.read])])
    var server = TestServer()
    server.access = keyring.access
    server.settings.isEncrypted = true
    let limited = try await server.answer("/stats", headers: keyring.fields(of: "limited"))
    #expect(limited.text.contains("\"servers\":null") && server.queries.serverListings == 0)
    let all = try await server.answer("/stats", headers: keyring.fields(of: "all"))
    #expect(all.text.contains("\"servers\":[]") && server.queries.serverListings == 1)
  }

  @Test func reportsHowOverdueRetentionIs() async throws {
    var server = TestServer()
    server.status.retentionOverdue = .milliseconds(12_500)
    #expect(try await server.answer("/stats").text.contains("\"retention_overdue_seconds\":12.5,"))
    #expect(try await server.answer("/metrics").text.contains("\nsluice_retention_overdue_seconds 12.5\n"))
  }

  @Test func hasADuplicateRateOfZeroWithoutEvents() async throws {
    #expect(try await TestServer().answer("/stats").text.contains("\"duplicate_rate\":0.0,"))
  }

  @Test func reportsThatConflictsAreNotCounted() async throws {
    var server = TestServer()
    server.status.detectsConflicts = false
    let answer = try await server.answer("/stats")
    #expect(answer.text.contains("\"conflicts\":null,"))
  }
}
