import FaultProxy
import TestSupport
import Testing

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

  @Test func givesUpOnAServerThatStaysAway() {
    let error = failure("host=/nonexistent") { $0.startPatience = .milliseconds(300) }
    #expect(error?.description.contains("/nonexistent") == true)
  }

  /// It would wait for ten minutes, if that could help.
  @Test(arguments: ["dbname=no_such_database", "user=no_such_role"])
  func saysAtOnceThatTheRequestIsWrong(_ change: String) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let error = failure("\(conninfo) \(change)") { $0.startPatience = .seconds(600) }
      #expect(error?.description.contains("no_such") == true)
    }
  }

  /// A proxy in front of it lets go of the first connections, at once or in the middle of the migration.
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

  @Test func refusesAnAddressThatIsNone() {
    let error = failure("no such keyword=1") { $0.startPatience = .seconds(600) }
    #expect(error?.description.contains("no") == true)
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
    (.missingRight("SELECT on events", grant: "GRANT SELECT"), "the database role may not SELECT on events"),
    (.unavailable("why"), "why"),
  ])
  func explainsEveryFailureInOneLine(_ error: SchemaError, _ part: String) {
    #expect(error.description.contains(part))
    #expect(!error.description.contains("\n"))
  }
}
