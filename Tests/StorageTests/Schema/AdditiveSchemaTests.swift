import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

/// Servers of two versions run over one database while an operator upgrades them one by one.
@Suite struct AdditiveSchemaTests {
  /// Adds columns that the running program does not know to every table, as the first of two releases may do.
  private static let columns = """
    DO $$ DECLARE t name; BEGIN
      FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'sluice' LOOP
        EXECUTE format('ALTER TABLE sluice.%I ADD COLUMN later_n int NOT NULL DEFAULT 0, ADD COLUMN later_t text', t);
      END LOOP;
    END $$
    """

  @Test(arguments: CommitStrategySetting.allCases)
  func aServerCommitsAfterANewerOneAddedColumnsToEveryTable(_ strategy: CommitStrategySetting) async throws {
    try await StoreFixture.with(adjust: { $0.strategy = strategy }) { store in
      let events = TestEvent.unique(200)
      #expect(try await store.commit(IngestBatch(events)) == .committed(unique: 200))
      try await store.sql("\(Self.columns); CREATE TABLE sluice.later (n int)")
      // Commits on connections from before the change, and then on new ones.
      for _ in 0..<2 {
        let batch = try IngestBatch(events + TestEvent.unique(300))
        #expect(await store.commit(batch) == .committed(unique: 300, duplicate: 200))
        let producer = ProducerID.test()
        let session = try await store.register(producer)
        #expect(session.session == 1)
        try await store.sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            + "AND application_name = 'sluice'")
      }
      #expect(try await store.violations() == [])
      let report = try await PostgresAudit(ConnectionSettings(conninfo: store.conninfo)).run()
      #expect(report.holds, "\(report)")
    }
  }
}
