import HTTPTypes
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("GET /health, /livez and /readyz")
struct HealthRoutesTests {
  private static let unreachable = QueryError("connection refused", isTransient: true)

  @Test func isHealthyWhileTheDatabaseAnswers() async throws {
    let answer = try await TestServer().answer("/health")
    #expect(answer.status == .ok)
    #expect(
      answer.text == """
        {"status":"healthy","database":"connected","queue":"ok","timestamp":"2026-01-02T03:05:35.000000Z",\
        "uptime_seconds":90.0,"version":"1.2.3"}

        """)
  }

  @Test func reportsSinceWhenTheDatabaseIsUnavailable() async throws {
    var server = TestServer()
    server.status.storeUnavailableSince = 1_767_323_100_000_000
    server.queries.fail(with: Self.unreachable)
    let answer = try await server.answer("/health")
    #expect(answer.status == .serviceUnavailable)
    #expect(answer.headers[.retryAfter] == "1")
    #expect(
      answer.text.hasPrefix(
        """
        {"status":"unhealthy","database":"disconnected","database_error":"connection refused",\
        "disconnected_since":"2026-01-02T03:05:00.000000Z","queue":"ok"
        """))
  }

  @Test(arguments: ["/health", "/readyz"])
  func reportsADatabaseThatAnswersButStoresNoEvents(_ path: String) async throws {
    var server = TestServer()
    server.status.storeUnavailableSince = 1_767_323_100_000_000
    let answer = try await server.answer(path)
    #expect(answer.status == .serviceUnavailable)
    #expect(answer.text.contains("events cannot be stored"))
    #expect(path == "/readyz" || answer.text.contains("\"database\":\"refusing\""))
  }

  @Test(arguments: HealthProblem.Kind.allCases)
  func reportsProblemsThatKeepBatchesFromBeingCommitted(_ kind: HealthProblem.Kind) async throws {
    var server = TestServer()
    server.status.queue.oldest = .seconds(12)
    server.status.problems = [
      ProblemFigures(
        component: "writer 0", kind: kind, reason: "a lock is held", since: 1_767_323_123_000_000,
        lasted: .seconds(12))
    ]
    let answer = try await server.answer("/health")
    #expect(answer.status == (kind.isFailure ? .serviceUnavailable : .ok))
    #expect(answer.text.hasPrefix(kind.isFailure ? "{\"status\":\"unhealthy\"" : "{\"status\":\"degraded\""))
    #expect(
      answer.text.contains(
        """
        "oldest_batch_seconds":12.0,"problems":[{"component":"writer 0","kind":"\(kind.rawValue)",\
        "reason":"a lock is held","since":"2026-01-02T03:05:23.000000Z"}]
        """))
    let readiness = try await server.answer("/readyz")
    #expect(readiness.status == (kind.isFailure ? .serviceUnavailable : .ok))
  }

  @Test(arguments: [true, false]) func reportsAFullQueue(ofBytes: Bool) async throws {
    var server = TestServer()
    if ofBytes {
      server.status.queue.bytes = server.status.queue.limitBytes
    } else {
      server.status.queue.batches = server.status.queue.limitBatches
    }
    let answer = try await server.answer("/health")
    #expect(answer.status == .ok)
    #expect(answer.text.contains("\"queue\":\"full\""))
  }

  @Test func isAliveWithoutADatabase() async throws {
    var server = TestServer()
    server.status.phase = .draining
    server.queries.fail(with: Self.unreachable)
    let answer = try await server.answer("/livez")
    #expect(answer.status == .ok)
    #expect(answer.text == "{\"status\":\"alive\"}\n")
  }

  @Test(
    arguments: [
      (.starting, nil, "migrations"), (.draining, nil, "shutting down"),
      (.serving, unreachable, "connection refused"),
    ] as [(ServerStatus.Phase, QueryError?, String)])
  func isNotReady(_ phase: ServerStatus.Phase, _ failure: QueryError?, _ reason: String) async throws {
    var server = TestServer()
    server.status.phase = phase
    server.queries.fail(with: failure)
    let answer = try await server.answer("/readyz")
    #expect(answer.status == .serviceUnavailable)
    #expect(answer.text.contains(reason))
  }

  @Test func isReadyWhenItServesAndTheDatabaseAnswers() async throws {
    let answer = try await TestServer().answer("/readyz")
    #expect(answer.status == .ok)
    #expect(answer.text == "{\"status\":\"ready\"}\n")
  }
}
