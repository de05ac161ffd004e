import HTTPTypes
import HummingbirdTesting
import Ingest
import Testing

@testable import HTTPAdmin

@Suite("GET /health, /livez and /readyz")
struct HealthRoutesTests {
  private static let away = QueryError("connection refused", isTransient: true)

  @Test func isHealthyWhileTheDatabaseAnswers() async throws {
    let answer = try await TestServer().answer("/health")
    #expect(answer.status == .ok)
    #expect(
      answer.text == """
        {"status":"healthy","database":"connected","queue":"ok","timestamp":"2026-01-02T03:05:35.000000Z",\
        "uptime_seconds":90.0,"version":"1.2.3"}

        """)
  }

  @Test func saysSinceWhenTheDatabaseIsAway() async throws {
    var server = TestServer()
    server.status.storeAwaySince = 1_767_323_100_000_000
    server.queries.fail(with: Self.away)
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
  func saysThatADatabaseWhichAnswersTakesNoEvents(_ path: String) async throws {
    var server = TestServer()
    server.status.storeAwaySince = 1_767_323_100_000_000
    let answer = try await server.answer(path)
    #expect(answer.status == .serviceUnavailable)
    #expect(answer.text.contains("takes no events"))
    #expect(path == "/readyz" || answer.text.contains("\"database\":\"refusing\""))
  }

  @Test func saysThatTheQueueIsFull() async throws {
    var server = TestServer()
    server.status.queue.bytes = server.status.queue.limitBytes
    let answer = try await server.answer("/health")
    #expect(answer.status == .ok)
    #expect(answer.text.contains("\"queue\":\"full\""))
  }

  @Test func livesWithoutADatabase() async throws {
    var server = TestServer()
    server.status.phase = .draining
    server.queries.fail(with: Self.away)
    let answer = try await server.answer("/livez")
    #expect(answer.status == .ok)
    #expect(answer.text == "{\"status\":\"alive\"}\n")
  }

  @Test(
    arguments: [
      (.starting, nil, "migrations"), (.draining, nil, "shutting down"),
      (.serving, away, "connection refused"),
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
