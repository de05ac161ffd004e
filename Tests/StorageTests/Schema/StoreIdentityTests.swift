import Ingest
import TestSupport
import Testing
import WireProtocol

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
      #expect(identity.lineage.store == expected.uuid(0, 2))
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

  @Test func tellsTwoStoresOfOneServerApart() async throws {
    let lineages = try await [0, 1].asyncMap { _ in
      try await StoreFixture.with { try await $0.register(.test()).lineage }
    }
    #expect(lineages[0].system == lineages[1].system)
    #expect(lineages[0].store != lineages[1].store)
  }
}

extension Array {
  /// The elements after `transform`, one after the other.
  fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await transform(element)) }
    return values
  }
}
