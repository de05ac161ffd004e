import TestSupport
import Testing
import Waiting

@testable import PostgresClient
@testable import Storage

@Suite struct TableVacuumTests {
  /// Fills two block ranges of a table and deletes the rows of the first.
  private func deleteSome(_ connection: PostgresConnection) async throws -> FreedRanges {
    // In a session of its own, which reports its deleted rows at its end. Otherwise it may do so after the vacuum.
    try PostgresConnection(connection.settings).execute(
      """
      ALTER TABLE events SET (autovacuum_enabled = off);
      INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
      SELECT now(), n, n, 't', 's', to_json(repeat('x', 1500)) FROM generate_series(1, 1200) AS n;
      DELETE FROM events WHERE batch_id <= 600
      """)
    try await waitUntil {
      try connection.query("SELECT pg_stat_get_dead_tuples('events'::regclass) = 600").isTrue(0, 0)
    }
    let freed = FreedRanges()
    freed.add([0], rows: 600, of: "events")
    return freed
  }

  @Test func forgetsTheRangesThatItSummarised() async throws {
    try await withMigratedConnection { connection in
      let freed = try await deleteSome(connection)
      let outcome = try TableVacuum(connection: connection, table: "events").run(freed)
      #expect(outcome == .done && freed.rows(of: "events") == 0 && !freed.hasRanges(of: "events"))
    }
  }

  @Test func keepsTheRangesWhileALongTransactionNeedsTheirRows() async throws {
    try await withMigratedConnection { connection in
      let reader = try PostgresConnection(connection.settings)
      try reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM events")
      let freed = try await deleteSome(connection)
      let vacuum = TableVacuum(connection: connection, table: "events")
      #expect(try vacuum.run(freed) == .kept)
      #expect(freed.hasRanges(of: "events") && freed.rows(of: "events") == 600)
      try reader.execute("COMMIT")
      #expect(try vacuum.run(freed) == .done)
      #expect(!freed.hasRanges(of: "events"))
    }
  }

  @Test func keepsTheRangesWhileSomebodyElseVacuums() async throws {
    try await withMigratedConnection { connection in
      let freed = try await deleteSome(connection)
      let other = try PostgresConnection(connection.settings)
      try other.execute("BEGIN; LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")
      let vacuum = TableVacuum(connection: connection, table: "events")
      #expect(try vacuum.run(freed) == .busy)
      #expect(freed.rows(of: "events") == 600)
      try other.execute("ROLLBACK")
      #expect(try vacuum.run(freed) == .done)
    }
  }

  @Test func isDueByDeletedRowsAndTheSizeOfTheTable() async throws {
    try await withMigratedConnection { connection in
      let vacuum = TableVacuum(connection: connection, table: "events")
      let fewest = TableVacuum.fewestRows
      let empty = try [fewest - 1, fewest].map { try vacuum.isDue(deletedRows: $0) }
      #expect(empty == [false, true])
      try connection.execute(
        "UPDATE pg_class SET reltuples = \(fewest * 10) WHERE oid = 'sluice.events'::regclass")
      let large = try [fewest, fewest * 2 - 1, fewest * 2].map { try vacuum.isDue(deletedRows: $0) }
      #expect(large == [false, false, true])
    }
  }

  /// The server that deletes expired events also vacuums the table.
  @Test func isRunByTheServerThatDeletes() async throws {
    try await StoreFixture.with(adjust: { $0.maintenance.eventsKeep = .seconds(1) }) { store in
      try await store.sql(
        """
        ALTER TABLE events SET (autovacuum_enabled = off);
        INSERT INTO events (ts, processed_at, batch_id, event_id, topic, source)
        SELECT now(), now() - interval '1 minute', 1, n, 't', 's'
        FROM generate_series(1, \(TableVacuum.fewestRows)) AS g(n)
        """)
      // The number of dead rows may never be right, because the session that deleted may report them after the vacuum. A
      // server whose vacuum could not remove the rows rests for a minute before the next one.
      try await store.waitUntil(
        "SELECT relallvisible > relpages / 2 FROM pg_class WHERE oid = 'events'::regclass",
        limit: .seconds(300))
    }
  }
}
