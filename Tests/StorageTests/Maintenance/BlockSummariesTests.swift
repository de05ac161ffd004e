import TestSupport
import Testing

@testable import Base
@testable import PostgresClient
@testable import Storage

@Suite struct BlockSummariesTests {
  /// Returns the number of block ranges of `events` without a summary.
  private func unsummarised(_ connection: PostgresConnection) throws -> Int64 {
    let answer = try connection.query(
      """
      SELECT pg_relation_size('events') / current_setting('block_size')::int / 128 + 1
        - (SELECT count(*) FROM brin_page_items(get_raw_page('events_batch_id', 2), 'events_batch_id')
            WHERE value IS NOT NULL AND attnum = 1)
      """)
    return answer.integer(0, 0) ?? -1
  }

  private func summarise(_ summaries: inout BlockSummaries, _ connection: PostgresConnection) throws -> Bool {
    try summaries.summarise(blocks: connection.eventBlocks(), over: connection, until: StopSignal())
  }

  private func fill(_ connection: PostgresConnection, _ first: Int) throws {
    try connection.execute(
      """
      INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
      SELECT now(), n, n, 't', 's', to_json(repeat('x', 1500)) FROM generate_series(\(first), \(first + 6000)) AS g(n)
      """)
  }

  @Test func summarisesWhatWasFilledAndLeavesTheRest() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("CREATE EXTENSION pageinspect SCHEMA public; SET search_path = sluice, public")
      var summaries = BlockSummaries()
      try fill(connection, 1)
      let first = try summarise(&summaries, connection)
      #expect(try first && unsummarised(connection) == 0)
      let idle = try summarise(&summaries, connection)
      #expect(!idle)
      try fill(connection, 100_000)
      let before = try unsummarised(connection)
      let second = try summarise(&summaries, connection)
      let after = try unsummarised(connection)
      #expect(second && before > BlockSummaries.filledRanges + 1)
      #expect((1...BlockSummaries.filledRanges + 1).contains(after))
    }
  }

  @Test func beginsAgainWhenTheTableWasEmptied() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("CREATE EXTENSION pageinspect SCHEMA public; SET search_path = sluice, public")
      var summaries = BlockSummaries()
      try fill(connection, 1)
      _ = try summarise(&summaries, connection)
      try connection.execute("TRUNCATE events")
      try fill(connection, 1)
      try connection.execute("TRUNCATE events")
      let again = try summarise(&summaries, connection)
      try fill(connection, 1)
      _ = try summarise(&summaries, connection)
      #expect(try again && unsummarised(connection) <= BlockSummaries.filledRanges + 1)
    }
  }
}

extension PostgresConnection {
  /// Returns the size of `events` in blocks.
  func eventBlocks() throws -> Int64 {
    let answer = try query("SELECT pg_relation_size('events') / current_setting('block_size')::int")
    return answer.integer(0, 0) ?? -1
  }
}
