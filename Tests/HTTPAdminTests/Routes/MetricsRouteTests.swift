import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("GET /metrics")
struct MetricsRouteTests {
  /// Returns a server whose figures are all different numbers.
  private static var busy: TestServer {
    var server = TestServer(
      queries: MemoryQueries { state in
        state.totals = StoreTotals(received: 60, unique: 30, duplicate: 20, dead: 10, conflicts: 5)
      })
    server.status.activity = activity
    server.status.memory = MemoryFigures(resident: 118, ingest: 119, ingestLimit: 120)
    let accept = LatencyHistogram()
    let commit = LatencyHistogram()
    for milliseconds in 1...100 { accept.record(.milliseconds(milliseconds)) }
    for milliseconds in 1...50 { commit.record(.milliseconds(20 * milliseconds)) }
    server.status.problems = [
      ProblemFigures(
        component: "writer 0", kind: .blocked, reason: "a lock", since: server.status.now - 12_000_000,
        lasted: .seconds(12))
    ]
    server.status.acceptHistogram = accept.snapshot()
    server.status.commitHistogram = commit.snapshot()
    return server
  }

  private static var activity: ActivitySnapshot {
    var activity = ActivitySnapshot()
    activity.acceptedBatches = 101
    activity.acceptedEvents = 102
    activity.acceptedBytes = 103
    activity.inputs[.tcp, default: InputCounts()].acceptedEvents = 132
    activity.committedBatches = 104
    activity.uniqueEvents = 105
    activity.duplicateEvents = 106
    activity.deadEvents = 107
    activity.replayedBatches = 108
    activity.receivedBytes = 109
    activity.groupRetries = 110
    activity.committedGroups = [.directCopy: 131]
    activity.openedConnections = 111
    activity.refusals = [.badChecksum: 112, .sequenceReused: 113]
    activity.maintenance.prunedBatches = 114
    activity.maintenance.forgottenProducers = 115
    activity.maintenance.expiredEvents = 116
    activity.maintenance.expiredDeadEvents = 117
    activity.maintenance.returnedEvents = 121
    activity.republishedEvents = 122
    return activity
  }

  private func scrape(_ server: TestServer) async throws -> Exposition {
    let answer = try await server.answer("/metrics")
    #expect(answer.status == .ok)
    return try Exposition(answer.text)
  }

  @Test func readsEachMetricFromItsFigure() async throws {
    let scrape = try await scrape(Self.busy)
    let expected: [(name: String, labels: [String: String], value: Double)] = [
      ("sluice_accepted_batches_total", [:], 101), ("sluice_accepted_events_total", [:], 102),
      ("sluice_accepted_bytes_total", [:], 103), ("sluice_input_events_total", ["input": "tcp"], 132),
      ("sluice_input_events_total", ["input": "/publish"], 0),
      ("sluice_settled_batches_total", ["outcome": "committed"], 104),
      ("sluice_settled_batches_total", ["outcome": "replayed"], 108),
      ("sluice_committed_events_total", ["outcome": "unique"], 105),
      ("sluice_committed_events_total", ["outcome": "duplicate"], 106),
      ("sluice_committed_events_total", ["outcome": "dead"], 107),
      ("sluice_received_bytes_total", [:], 109), ("sluice_group_retries_total", [:], 110),
      ("sluice_committed_groups_total", ["strategy": "directCopy"], 131),
      ("sluice_committed_groups_total", ["strategy": "stagedInsert"], 0),
      ("sluice_opened_connections_total", [:], 111),
      ("sluice_refusals_total", ["code": "BAD_CHECKSUM"], 112),
      ("sluice_refusals_total", ["code": "SEQUENCE_REUSED"], 113),
      ("sluice_refusals_total", ["code": "DRAINING"], 0), ("sluice_connections", [:], 7),
      ("sluice_queue_batches", [:], 3), ("sluice_queue_bytes", [:], 4096),
      ("sluice_queue_limit_bytes", [:], 1_048_576), ("sluice_queue_limit_batches", [:], 4_096),
      ("sluice_queue_oldest_seconds", [:], 0.012),
      ("sluice_problems", ["kind": "blocked"], 1), ("sluice_problems", ["kind": "stalled"], 0),
      ("sluice_problem_seconds", [:], 12), ("sluice_writers", [:], 4), ("sluice_busy_writers", [:], 1),
      ("sluice_database_up", [:], 1),
      ("sluice_database_away_seconds", [:], 0), ("sluice_uptime_seconds", [:], 90),
      ("sluice_database_events_total", ["outcome": "unique"], 30),
      ("sluice_database_events_total", ["outcome": "duplicate"], 20),
      ("sluice_database_events_total", ["outcome": "dead"], 10),
      ("sluice_database_received_events_total", [:], 60), ("sluice_resident_memory_bytes", [:], 118),
      ("sluice_ingest_memory_bytes", [:], 119), ("sluice_ingest_memory_limit_bytes", [:], 120),
      ("sluice_quota_delays_total", [:], 0), ("sluice_tls_handshakes_total", ["outcome": "completed"], 0),
      ("sluice_tls_handshakes_total", ["outcome": "failed"], 0),
      ("sluice_http_tls_handshakes_total", ["outcome": "completed"], 0),
      ("sluice_http_tls_handshakes_total", ["outcome": "failed"], 0),
      ("sluice_tls_handshake_cpu_seconds_total", [:], 0), ("sluice_tls_certificate_end_seconds", [:], 0),
      ("sluice_tail_subscribers", [:], 0), ("sluice_http_answers_total", ["status": "200"], 0),
      ("sluice_http_answers_total", ["status": "422"], 0),
      ("sluice_http_answers_total", ["status": "other"], 0),
      ("sluice_database_conflicts_total", [:], 5), ("sluice_build_info", ["version": "1.2.3"], 1),
      ("sluice_pruned_batches_total", [:], 114), ("sluice_forgotten_producers_total", [:], 115),
      ("sluice_expired_events_total", ["kind": "stored"], 116),
      ("sluice_expired_events_total", ["kind": "dead"], 117),
      ("sluice_returned_events_total", [:], 121), ("sluice_republished_events_total", [:], 122),
      ("sluice_accept_latency_seconds_count", [:], 100),
      ("sluice_retention_overdue_seconds", [:], 0),
      ("sluice_accept_latency_seconds_count", [:], 100),
      ("sluice_commit_latency_seconds_count", [:], 50),
      ("sluice_accept_latency_seconds_sum", [:], 5.05),
      ("sluice_commit_latency_seconds_sum", [:], 25.5),
    ]
    for (name, labels, value) in expected {
      #expect(scrape.value(name, labels) == value, "\(name) \(labels)")
    }
    // All metrics are covered above: histograms by their counts, refusals by three of their codes.
    let covered = Set(expected.map { $0.name.replacing(/_seconds_(count|sum)$/, with: "_seconds") })
    #expect(covered == Set(scrape.families.map(\.name)))
  }

  @Test func hasEveryMetricWithItsKind() async throws {
    let scrape = try await scrape(TestServer())
    #expect(scrape.families.map(\.name) == MetricTable.all.map(\.name))
    #expect(scrape.families.map(\.kind) == MetricTable.all.map(\.kind.rawValue))
    for family in scrape.families where family.kind == "counter" { #expect(family.name.hasSuffix("_total")) }
  }

  @Test func histogramsRiseToTheirCount() async throws {
    let scrape = try await scrape(Self.busy)
    let histograms = scrape.families.filter { $0.kind == "histogram" }
    try #require(histograms.count == 2)
    for histogram in histograms {
      let buckets = histogram.samples.filter { $0.name.hasSuffix("_bucket") }
      let counts = buckets.map(\.value)
      #expect(counts == counts.sorted())
      let bounds = try buckets.map { try #require(Double($0.labels["le"] ?? "")) }
      #expect(bounds == bounds.sorted() && Set(bounds).count == bounds.count)
      #expect(buckets.last?.labels == ["le": "+Inf"])
      #expect(counts.last == scrape.value("\(histogram.name)_count"))
    }
  }

  @Test func answersWhileTheDatabaseIsUnavailable() async throws {
    var server = Self.busy
    server.queries.fail(with: QueryError("connection refused", isTransient: true))
    server.status.storeUnavailableSince = server.status.now - 12_500_000
    let scrape = try await scrape(server)
    #expect(scrape.value("sluice_database_up") == 0)
    #expect(scrape.value("sluice_database_away_seconds") == 12.5)
    #expect(scrape.value("sluice_accepted_batches_total") == 101)
    let absent = Set(MetricTable.all.map(\.name)).subtracting(scrape.families.map(\.name))
    #expect(
      absent == [
        "sluice_database_events_total", "sluice_database_received_events_total",
        "sluice_database_conflicts_total",
      ])
  }

  @Test func doesNotWaitForADatabaseThatDoesNotAnswer() async throws {
    let route = MetricsRoute(
      version: "1", queries: SilentQueries(), status: { .sample }, timeout: .milliseconds(1))
    let scrape = try Exposition(String(buffer: await route.exposition()))
    #expect(scrape.value("sluice_database_up") == 0)
    #expect(scrape.value("sluice_queue_batches") == 3)
  }

  @Test func anEmptyQueueHasNoWaitingTime() async throws {
    var server = TestServer()
    server.status.queue = QueueFigures(batches: 0, bytes: 0, limitBytes: 1, limitBatches: 1)
    #expect(try await scrape(server).value("sluice_queue_oldest_seconds") == 0)
  }

  @Test(arguments: [
    nil, "text/plain",
    "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
  ])
  func namesItsFormat(_ accept: String?) async throws {
    var headers = HTTPFields()
    headers[.accept] = accept
    let answer = try await TestServer().answer("/metrics", headers: headers)
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
  }

  @Test func hasNoOtherFormat() async throws {
    let answer = try await TestServer().answer("/metrics", headers: [.accept: "application/json"])
    #expect(answer.status == .notAcceptable)
  }
}

/// A store whose counters arrive only after the query was cancelled.
private struct SilentQueries: EventQueries {
  private static let gone = QueryError("cancelled", isTransient: true)

  func totals() async throws(QueryError) -> StoreTotals {
    // A stream without an end ends with its task.
    for await _ in AsyncStream<Never>(Never.self, { _ in }) {}
    throw Self.gone
  }
  func events(matching query: EventQuery) async throws(QueryError) -> EventPage { throw Self.gone }
  func counts(_ query: CountQuery) async throws(QueryError) -> EventCounts { throw Self.gone }
  func event(_ key: EventKey) async throws(QueryError) -> StoredEvent? { throw Self.gone }
  func positions(of keys: [EventKey], storedBy batch: BatchKey) async throws(QueryError) -> Set<Int> {
    throw Self.gone
  }
  func recentTotals() async throws(QueryError) -> RecentTotals { throw Self.gone }
  func topicNames() async throws(QueryError) -> TopicNames { throw Self.gone }
  func topicList() async throws(QueryError) -> TopicList { throw Self.gone }
  func deadEvents(_ query: DeadEventQuery) async throws(QueryError) -> DeadEventPage { throw Self.gone }
  func producers(_ query: ProducerQuery) async throws(QueryError) -> ProducerList {
    throw Self.gone
  }
  func servers() async throws(QueryError) -> [StoredServer] { throw Self.gone }
  func audit() async throws(QueryError) -> AuditReport { throw Self.gone }
  func ping() async throws(QueryError) { throw Self.gone }
}
