import FaultProxy
import StoreInterface
import TestSupport
import Testing

@testable import Base
@testable import PostgresClient
@testable import Storage

@Suite struct StorePreparationTests {
  private func failure(
    _ conninfo: String, adjust: (inout StoreSettings) -> Void = { _ in }
  ) -> SchemaError? {
    var settings = StoreSettings(connection: ConnectionSettings(conninfo: conninfo))
    adjust(&settings)
    do {
      _ = try StorePreparation(settings: settings, logger: .silent).run()
      return nil
    } catch {
      return error
    }
  }

  @Test func givesUpOnAServerThatStaysUnavailable() {
    let error = failure("host=/nonexistent") { $0.startTimeout = .milliseconds(300) }
    #expect(error?.description.contains("/nonexistent") == true)
  }

  /// The error is reported at once despite the start timeout of ten minutes, because waiting cannot help.
  @Test(arguments: ["dbname=no_such_database", "user=no_such_role"])
  func saysAtOnceThatTheRequestIsWrong(_ change: String) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let error = failure("\(conninfo) \(change)") { $0.startTimeout = .seconds(600) }
      #expect(error?.description.contains("no_such") == true)
    }
  }

  /// A proxy cuts the first connections to the database, at once or during the migration.
  @Test(
    arguments: [
      .afterBytes(0), .after(.any, nth: 20), .after(.any, nth: 30), .before(.commitAnswer),
    ] as [Fault.Moment])
  func beginsAnewWhenItsConnectionIsLost(_ moment: Fault.Moment) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let host = try #require(conninfo.firstMatch(of: /host='([^']+)'/)?.1)
      try await withTemporaryDirectory { directory in
        try await FaultProxy.run(
          to: .postgres(in: String(host)), on: .postgres(in: directory), speaking: .postgres,
          plan: { $0 < 2 ? [Fault(.cut, .toClient, moment)] : [] }
        ) { proxy in
          #expect(failure(conninfo.replacing(host, with: directory)) == nil)
          #expect(proxy.acceptedCount >= 2)
        }
      }
    }
  }

  /// During a failover a program may start before the standby is promoted.
  @Test func waitsForThePromotionOfAStandby() async throws {
    try await StandbyPair.run { pair in
      try await pair.catchUp()
      let standby = pair.standby.conninfo
      let given = failure(standby) { $0.startTimeout = .milliseconds(300) }
      #expect(given?.description.contains("the server is a standby") == true)
      async let prepared = Task.detached { failure(standby) { $0.startTimeout = .seconds(100) } }.value
      try await pair.promote()
      #expect(await prepared == nil)
    }
  }

  @Test func refusesAnAddressThatIsNone() {
    let error = failure("no such keyword=1") { $0.startTimeout = .seconds(600) }
    #expect(error?.description.contains("no") == true)
  }

  @Test func refusesADatabaseThatIsNotUTF8AndMakesNothingInIt() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let name = "latin_\(UInt64.random(in: .min ... .max))"
      try await SQL.run(
        "CREATE DATABASE \(name) ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
        on: conninfo)
      let latin = "\(conninfo) dbname=\(name)"
      let error = failure(latin)
      let schemas = try await SQL.value(
        "SELECT count(*) FROM pg_namespace WHERE nspname = 'sluice'", on: latin)
      try await SQL.run("DROP DATABASE \(name) WITH (FORCE)", on: conninfo)
      #expect(error == .wrongEncoding(database: name, found: "LATIN1"))
      #expect(error?.description.contains("ENCODING 'UTF8'") == true)
      #expect(schemas == "0")
    }
  }

  @Test func endsTheWaitForADatabaseWhenItIsToldTo() {
    let stop = StopSignal()
    stop.set()
    let settings = StoreSettings(connection: ConnectionSettings(conninfo: "host=/nonexistent"))
    #expect(throws: SchemaError.interrupted) {
      _ = try StorePreparation(settings: settings, logger: .silent).run(until: stop)
    }
  }

  @Test func namesTheDatabaseWithoutItsSecrets() {
    let settings = ConnectionSettings(conninfo: "postgresql://app:hunter2@db:5433/a?sslpassword=other")
    #expect(settings.target == "host=db port=5433 dbname=a")
    #expect(ConnectionSettings(conninfo: "postgres://app:%zz-hunter2@db/a").target == "(unreadable)")
  }

  @Test func keepsThePayloadTypeOfAnExistingSchema() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      var settings = StoreSettings(connection: ConnectionSettings(conninfo: conninfo))
      settings.schema.payloadType = .jsonb
      let made = try StorePreparation(settings: settings, logger: .silent).run()
      settings.schema.payloadType = .json
      let found = try StorePreparation(settings: settings, logger: .silent).run()
      #expect(found == made)
      #expect(found.payloadType == .jsonb)
    }
  }

  @Test(arguments: [
    (SchemaError.serverTooOld("13"), "Postgres 13 is too old: version 14 or newer is needed"),
    (.newerSchema(found: 7, known: 3), "the schema is at version 7"),
    (
      .missingRights(role: "app", rights: ["SELECT on table events"], grants: ["GRANT SELECT"]),
      "role app lacks rights (SELECT on table events): run as the owner of the schema: GRANT SELECT;"
    ),
    (.unchangeableSchema("permission denied"), "permission denied; run sluiced migrate once"),
    (.wrongEncoding(database: "a", found: "LATIN1"), "the database a is encoded in LATIN1"),
    (.pooledTransactions, "pool_mode=session"),
    (.interrupted, "ended by a signal"),
    (.unavailable("why"), "why"),
  ])
  func explainsEveryFailureInOneLine(_ error: SchemaError, _ part: String) {
    #expect(error.description.contains(part))
    #expect(!error.description.contains("\n"))
  }
}
