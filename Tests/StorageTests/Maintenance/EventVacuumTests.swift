import TestSupport
import Testing

@testable import PostgresClient
@testable import Storage

@Suite struct EventVacuumTests {
  @Test(arguments: [
    // Blocks at the first call, blocks at the second call, and whether the vacuum is due at the second call.
    (0, 0, false),
    (0, EventVacuum.fewestBlocks - 1, false),
    (0, EventVacuum.fewestBlocks, true),
    (10_000, EventVacuum.fewestBlocks + 9_999, false),
    (10_000, EventVacuum.fewestBlocks + 10_000, true),
    // The limit of a large table is 1/512 of its blocks: 5,120,000 / 512 is 10,000.
    (5_120_000 - 9_999, 5_120_000, false),
    (5_120_000 - 10_000, 5_120_000, true),
    // The table was emptied between the calls.
    (1_000_000, 0, false),
    (1_000_000, 999_999, false),
  ])
  func isDueWhenEnoughBlocksWereFilled(first: Int64, second: Int64, isDue: Bool) {
    var vacuum = EventVacuum()
    let answers = [first, second].map { vacuum.isDue(blocks: $0) }
    #expect(answers == [false, isDue])
  }

  @Test func countsFromWhereATableBeganThatWasEmptied() {
    var vacuum = EventVacuum()
    let fewest = EventVacuum.fewestBlocks
    let answers = [1_000_000, 10, fewest, fewest + 10].map { vacuum.isDue(blocks: $0) }
    #expect(answers == [false, false, false, true])
  }

  /// Returns the number of blocks whose rows are all visible to every transaction (visibility map).
  private func vacuumedBlocks(_ connection: PostgresConnection) throws -> Int64 {
    let answer = try connection.query(
      "SELECT count(*) FROM pg_visibility_map('events') WHERE all_visible")
    return answer.integer(0, 0) ?? -1
  }

  private func fill(_ connection: PostgresConnection) throws {
    try connection.execute(
      """
      INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
      SELECT now(), n, n, 't', 's', to_json(repeat('x', 1500)) FROM generate_series(1, 600) AS n
      """)
  }

  /// Runs `vacuum` as if the table had grown enough since the first call.
  private func run(_ vacuum: inout EventVacuum, _ connection: PostgresConnection) throws {
    _ = vacuum.isDue(blocks: 0)
    try vacuum.runIfDue(blocks: EventVacuum.fewestBlocks, over: connection)
  }

  @Test func vacuumsWhatIsDueAndNothingElse() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("CREATE EXTENSION pg_visibility SCHEMA public; SET search_path = sluice, public")
      try connection.execute("ALTER TABLE events SET (autovacuum_enabled = off)")
      try fill(connection)
      var vacuum = EventVacuum()
      try vacuum.runIfDue(blocks: connection.eventBlocks(), over: connection)
      try vacuum.runIfDue(blocks: connection.eventBlocks(), over: connection)
      #expect(try vacuumedBlocks(connection) == 0)
      try run(&vacuum, connection)
      let blocks = try connection.eventBlocks()
      #expect(try blocks > 0 && vacuumedBlocks(connection) == blocks)
      #expect(vacuum.vacuumed == EventVacuum.fewestBlocks)
    }
  }

  @Test func leavesTheTableToTheOneWhoVacuumsIt() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("CREATE EXTENSION pg_visibility SCHEMA public; SET search_path = sluice, public")
      try connection.execute("ALTER TABLE events SET (autovacuum_enabled = off)")
      try fill(connection)
      let other = try PostgresConnection(connection.settings)
      try other.execute("BEGIN; LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")
      var vacuum = EventVacuum()
      try run(&vacuum, connection)
      #expect(try vacuumedBlocks(connection) == 0)
      #expect(vacuum.vacuumed == EventVacuum.fewestBlocks, "what the other one does counts as done")
      try other.execute("ROLLBACK")
    }
  }
}
