import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import EmbeddedPostgres
@testable import PostgresClient
@testable import Storage

@Suite struct StoreIdentityTests {
  @Test func namesTheDatabaseAndItsPromise() async throws {
    try await withMigratedConnection { connection in
      let identity = try StoreIdentity.read(over: connection)
      let expected = try connection.query(
        """
        SELECT system_identifier, timeline_id, (SELECT id FROM store)
        FROM pg_control_system(), pg_control_checkpoint()
        """)
      #expect(identity.lineage.system == expected.integer(0, 0).map { UInt64(bitPattern: $0) })
      #expect(identity.lineage.timeline == expected.integer(0, 1).map { UInt32($0) })
      #expect(identity.lineage.store == expected.producer(0, 2))
      #expect(identity.durability.synchronousCommit == .on)
      #expect(identity.payloadType == .json)
      let fsync = try connection.execute("SHOW fsync")[0].string(0, 0)
      #expect(identity.durability.fsync == (fsync == "on"))
    }
  }

  @Test func usesTheStoresOwnIdentityWhereTheControlFileIsNotToBeRead() async throws {
    try await withRole { role, connection in
      try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
      try connection.execute(
        """
        GRANT USAGE ON SCHEMA sluice TO \(role); GRANT SELECT ON store TO \(role);
        REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; SET ROLE \(role)
        """)
      let identity = try StoreIdentity.read(over: connection)
      #expect(identity.lineage.system == identity.lineage.store.high)
      #expect(identity.lineage.timeline == 1)
    }
  }

  @Test(arguments: [
    ("on", Durability.SynchronousCommit.on), ("local", .local), ("remote_write", .remoteWrite),
    ("remote_apply", .remoteApply), ("off", .off), ("a new word", .off),
  ])
  func promisesNoMoreThanTheSettingDoes(_ setting: String, _ expected: Durability.SynchronousCommit) {
    #expect(Durability.SynchronousCommit(setting: setting) == expected)
  }

  @Test func readsTheSettingAsTheWritersRun() async throws {
    try await StoreFixture.with {
      $0.connection.conninfo += " options='-c synchronous_commit=off'"
    } _: { store in
      let session = try await store.register(.test())
      #expect(session.durability.synchronousCommit == .off)
    }
  }

  /// The setting changes while producers are connected. Their connections are closed, and the WELCOME of the
  /// next connection has the new durability.
  @Test func anotherSettingIsAnotherIncarnation() async throws {
    try await StoreFixture.with { store in
      let before = try await store.register(.test())
      #expect(before.durability.synchronousCommit == .on)
      let name = try await store.sql("SELECT current_database()")[0][0] ?? ""
      try await store.sql("ALTER DATABASE \(name) SET synchronous_commit = off")
      try await waitUntil { store.store.incarnation > before.incarnation }
      let after = try await store.register(.test())
      #expect(after.durability.synchronousCommit == .off)
      #expect(after.incarnation == store.store.incarnation)
    }
  }

  /// If the new database stored a later batch of the producer, the loss of earlier batches could not be
  /// detected any more.
  @Test func aBatchOfAConnectionOfAnotherDatabaseIsNotCommitted() async throws {
    try await StoreFixture.with { store in
      let producer = ProducerID.test()
      let session = try await store.register(producer)
      let name = try await store.sql("SELECT current_database()")[0][0] ?? ""
      try await store.sql("ALTER DATABASE \(name) SET synchronous_commit = off")
      try await waitUntil { store.store.incarnation > session.incarnation }
      let batch = try IngestBatch(TestEvent.unique(3), from: producer, session: session.session)
      #expect(await store.commit(batch) == .countsUnknown)
      #expect(try await store.number("SELECT count(*) FROM batches") == 0)
    }
  }

  @Test func aWriterCommitsAsWasAnnouncedAfterAReload() async throws {
    try await EmbeddedPostgres.withConfiguration { configuration in
      try await EmbeddedPostgres.run(configuration) { server in
        let settings = ConnectionSettings(conninfo: server.connectionString)
        let connection = try PostgresConnection(settings)
        try Migrator(connection, options: SchemaOptions(), logger: .silent).run()
        let writer = try WriterConnection(settings, incarnations: Incarnations(logger: .silent))
        try connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        try connection.execute("SELECT pg_reload_conf()")
        try await waitUntil {
          try await SQL.value("SHOW synchronous_commit", on: server.connectionString) == "off"
        }
        #expect(try writer.connection.execute("SHOW synchronous_commit")[0].string(0, 0) == "on")
      }
    }
  }

  @Test func tellsTwoStoresOfOneServerApart() async throws {
    let lineages = try await [0, 1].asyncMap { _ in
      try await StoreFixture.with { try await $0.register(.test()).lineage }
    }
    #expect(lineages[0].system == lineages[1].system)
    #expect(lineages[0].store != lineages[1].store)
  }
}

extension Array {
  /// Returns the transformed elements. Transforms one after the other.
  fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await transform(element)) }
    return values
  }
}
