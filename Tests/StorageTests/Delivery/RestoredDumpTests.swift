import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import Storage

/// Tests in which a dump is restored below a running store, without a restart of Postgres.
@Suite struct RestoredDumpTests {
  /// The store must not treat events as stored that only the lost tables had, and must not commit for
  /// producers that were registered before.
  @Test(arguments: CommitStrategySetting.allCases)
  func eventsThatADumpLacksAreStoredAgain(_ strategy: CommitStrategySetting) async throws {
    try await withTemporaryDirectory { directory in
      try await StoreFixture.with(adjust: { $0.strategy = strategy }) { store in
        let producer = ProducerID.test()
        let before = try await store.register(producer)
        let (kept, lost) = (TestEvent.unique(20), TestEvent.unique(20))
        #expect(await store.commit(try batch(kept, 1, producer, before)) == .all(20))
        let dump = Dump(file: "\(directory)/dump.sql", conninfo: store.conninfo)
        try await dump.make()
        #expect(await store.commit(try batch(lost, 2, producer, before)) == .all(20))
        try await dump.restore()
        // The producer must compare before anything is committed, so this batch is given up.
        store.offer(try batch(TestEvent.unique(5), 3, producer, before))
        try await waitUntil { store.store.incarnation != before.incarnation }
        let after = try await store.register(producer)
        #expect(after.incarnation != before.incarnation)
        #expect(after.highest == 1, "the producer sees that batch 2 is lost")
        #expect(await store.commit(try batch(lost, 4, producer, after)) == .all(20))
        #expect(try await store.number("SELECT count(*) FROM events") == 40)
      }
    }
  }

  private func batch(
    _ events: [TestEvent], _ sequence: UInt64, _ producer: ProducerID, _ grant: RegistrationGrant
  ) throws -> IngestBatch {
    try IngestBatch(
      events, from: producer, sequence: sequence, session: grant.session, incarnation: grant.incarnation)
  }
}

extension BatchOutcome {
  /// All of `count` events were stored.
  fileprivate static func all(_ count: UInt32) -> BatchOutcome {
    .committed(BatchCounts(unique: count, duplicate: 0, dead: 0))
  }
}

/// A dump of the schema of Sluice, made and restored by the programs of the server.
private struct Dump {
  let file: String
  let conninfo: String

  func make() async throws {
    try await run("pg_dump", ["--schema", "sluice", "--file", file, conninfo])
  }

  func restore() async throws {
    try await SQL.run("DROP SCHEMA sluice CASCADE", on: conninfo)
    try await run("psql", ["-Xq", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", file, conninfo])
  }

  private func run(_ program: String, _ arguments: [String]) async throws {
    let directory = try await SQL.value("SELECT setting FROM pg_config WHERE name = 'BINDIR'", on: conninfo)
    try await Program.run("\(directory)/\(program)", arguments: arguments) {
      let exit = try await $0.exit()
      try #require(exit == .status(0), "\($0.standardError)")
    }
  }
}
