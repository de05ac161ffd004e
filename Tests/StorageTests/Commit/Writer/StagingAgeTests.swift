import Ingest
import TestSupport
import Testing

@testable import Storage

/// Temporary tables of writers must not prevent Postgres from truncating its commit log.
@Suite struct StagingAgeTests {
  @Test func idleWritersDoNotHoldTheAgeOfTheDatabaseBack() async throws {
    try await StoreFixture.with {
      $0.stagingAge = .milliseconds(50)
    } _: { store in
      #expect(await store.commit(try IngestBatch(TestEvent.unique(300))) == .committed(unique: 300))
      // Each statement is a transaction, as a group is.
      try await SQL.run(
        """
        DO $$ BEGIN
          PERFORM set_config('synchronous_commit', 'off', false);
          FOR i IN 1..40000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;
        END $$
        """, on: store.conninfo)
      let isYoung = "SELECT age(datfrozenxid) < 20000 FROM pg_database WHERE datname = current_database()"
      // VACUUM freezes all tables except the temporary tables of writers, which only the writers can freeze.
      repeat {
        try await SQL.run("VACUUM (FREEZE)", on: store.conninfo)
      } while try await store.sql(isYoung) != [["t"]]
      let tables = try await store.number("SELECT count(*) FROM pg_class WHERE relname = 'staging'")
      #expect(tables == 2)
    }
  }
}
