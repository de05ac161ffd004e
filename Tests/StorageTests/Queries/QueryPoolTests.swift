import Ingest
import TestSupport
import Testing

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

/// The bounds of queries, with a real database that is kept busy.
@Suite struct QueryPoolTests {
  @Test func endsAQueryThatTakesTooLong() async throws {
    try await withPool({ $0.statementTimeout = .milliseconds(50) }) { pool, _ in
      let error = await #expect(throws: QueryError.self) { try await sleep(600, in: pool) }
      #expect(error == QueryError("the query took too long; narrow it", isTransient: true))
      try await pool.run { connection throws(PostgresError) in _ = try connection.query("SELECT 1") }
    }
  }

  @Test func refusesOneMoreThanMayWait() async throws {
    try await withPool({ settings in
      settings.threads = 1
      settings.waiting = 2
    }) { pool, conninfo in
      let busy = Task { try await sleep(600, in: pool) }
      try await awaitSleepers(1, conninfo)
      // The queue has room for two of these three queries. The last one is refused.
      let outcomes = await withTaskGroup(of: QueryError?.self) { group in
        for _ in 0..<3 { group.addTask { await failure(in: pool) } }
        let first = await group.next() ?? nil
        _ = try? await SQL.run(Self.endSleepers, on: conninfo)
        return await group.reduce(into: [first]) { $0.append($1) }
      }
      #expect(outcomes == [.crowded, nil, nil])
      await #expect(throws: QueryError.self) { try await busy.value }
    }
  }

  @Test func refusesAQueryThatWaitedTooLong() async throws {
    try await withPool({ settings in
      settings.threads = 1
      settings.timeout = .zero
    }) { pool, _ in
      let error = await failure(in: pool)
      #expect(error == .waitedTooLong)
    }
  }

  @Test func letsAnUrgentQueryPass() async throws {
    try await withPool({ $0.threads = 1 }) { pool, conninfo in
      let busy = Task { try await sleep(600, in: pool) }
      try await awaitSleepers(1, conninfo)
      let order = Order()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (name, isUrgent) in [("patient", false), ("urgent", true)] {
          group.addTask {
            try await pool.run(isUrgent: isUrgent) { _ throws(PostgresError) in order.append(name) }
          }
          try await waitUntil { pool.waitingCount == (isUrgent ? 2 : 1) }
        }
        try await SQL.run(Self.endSleepers, on: conninfo)
        try await group.waitForAll()
      }
      #expect(order.names == ["urgent", "patient"])
      await #expect(throws: QueryError.self) { try await busy.value }
    }
  }

  @Test func takesACancelledQueryOutOfTheLine() async throws {
    try await withPool({ $0.threads = 1 }) { pool, conninfo in
      let busy = Task { try await sleep(600, in: pool) }
      try await awaitSleepers(1, conninfo)
      let waiting = Task { await failure(in: pool) }
      try await waitUntil { pool.waitingCount == 1 }
      waiting.cancel()
      #expect(await waiting.value == .cancelled)
      #expect(pool.waitingCount == 0)
      try await SQL.run(Self.endSleepers, on: conninfo)
      await #expect(throws: QueryError.self) { try await busy.value }
    }
  }

  @Test func refusesAQueryOfATaskThatWasCancelledBefore() async throws {
    try await withPool({ $0.threads = 1 }) { pool, conninfo in
      let busy = Task { try await sleep(600, in: pool) }
      try await awaitSleepers(1, conninfo)
      let cancelled = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await failure(in: pool)
      }
      #expect(await cancelled.value == .cancelled)
      try await SQL.run(Self.endSleepers, on: conninfo)
      await #expect(throws: QueryError.self) { try await busy.value }
    }
  }

  @Test func refusesWhoWaitsAndWhoComesAfterItIsClosed() async throws {
    try await withPool({ $0.threads = 1 }) { pool, conninfo in
      let busy = Task { try await sleep(600, in: pool) }
      try await awaitSleepers(1, conninfo)
      let waiting = Task { await failure(in: pool) }
      try await waitUntil { pool.waitingCount == 1 }
      pool.close()
      #expect(await waiting.value == .closed)
      #expect(await failure(in: pool) == .closed)
      try await SQL.run(Self.endSleepers, on: conninfo)
      await #expect(throws: QueryError.self) { try await busy.value }
    }
  }

  private static let endSleepers = """
    SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'
    """

  private func withPool(
    _ adjust: (inout QuerySettings) -> Void, _ body: (QueryPool, String) async throws -> Void
  ) async throws {
    var settings = QuerySettings()
    settings.statementTimeout = .seconds(60)
    settings.timeout = .seconds(60)
    adjust(&settings)
    try await TestPostgres.shared.withDatabase { conninfo in
      let pool = QueryPool(ConnectionSettings(conninfo: conninfo), settings)
      defer { pool.close() }
      try await body(pool, conninfo)
    }
  }

  private func awaitSleepers(_ count: Int, _ conninfo: String) async throws {
    try await waitUntil {
      try await SQL.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
        on: conninfo) == "\(count)"
    }
  }
}

/// Keeps a thread of the pool busy for `seconds`.
private func sleep(_ seconds: Int32, in pool: QueryPool) async throws(QueryError) {
  try await pool.run { connection throws(PostgresError) in
    _ = try connection.query("SELECT pg_sleep($1)", [.literal("\(seconds)")])
  }
}

/// Runs an empty query. Returns its error; nil when the query succeeds.
private func failure(in pool: QueryPool) async -> QueryError? {
  do throws(QueryError) {
    try await sleep(0, in: pool)
    return nil
  } catch {
    return error
  }
}
