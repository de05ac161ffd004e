import Ingest
import StoreInterface
import Synchronization
import Testing
import Waiting

@testable import HTTPAdmin

/// Tests with a database that answers pings when the test allows it.
@Suite("DatabaseSign")
struct DatabaseSignTests {
  private let clock = TestClock()

  private func sign(
    _ queries: MemoryQueries, timeout: Duration = .seconds(3_600)
  ) -> DatabaseSign {
    DatabaseSign(queries, rule: DatabaseSign.Rule(timeout: timeout), now: { [clock] in clock.now })
  }

  @Test func sharesOnePingAmongRequests() async throws {
    let queries = MemoryQueries()
    queries.holdPings()
    let sign = sign(queries)
    let all = (0..<80).map { _ in Task { await sign.failure() } }
    try await queries.pinged(1)
    queries.letPingsGo()
    for one in all { #expect(await one.value == nil) }
    #expect(queries.pings == 1)
  }

  @Test func usesTheLastResultWhileAPingIsLate() async throws {
    let queries = MemoryQueries()
    let sign = sign(queries, timeout: .zero)
    queries.holdPings()
    #expect(await sign.failure() != nil, "there is no result yet")
    queries.letPingsGo()
    try await waitUntil { await sign.failure() == nil }
    queries.holdPings()
    clock.pass(.seconds(9))
    #expect(await sign.failure() == nil)
    clock.pass(.seconds(2))
    #expect(await sign.failure() != nil)
    queries.letPingsGo()
  }

  @Test func reportsAnUnavailableDatabase() async throws {
    let queries = MemoryQueries()
    let sign = sign(queries)
    #expect(await sign.failure() == nil)
    queries.fail(with: QueryError("connection refused", isTransient: true))
    #expect(await sign.failure() == nil, "the recent result counts")
    clock.pass(.seconds(1))
    #expect(await sign.failure()?.description == "connection refused")
  }
}

/// A clock that the test moves.
private final class TestClock: Sendable {
  private let time = Mutex(ContinuousClock.now)

  var now: ContinuousClock.Instant { time.withLock { $0 } }

  func pass(_ duration: Duration) { time.withLock { $0 += duration } }
}
