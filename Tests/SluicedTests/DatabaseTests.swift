import DaemonConfiguration
import Foundation
import Storage
import TestSupport
import Testing

@testable import PostgresClient
@testable import Sluiced

struct DatabaseTests {
  private struct Refusal: Error {}

  @Test func anExternalDatabaseIsTheOneThatTheSettingsName() async throws {
    var settings = DaemonSettings()
    settings.database.url = "host=db"
    settings.database.schema = "elsewhere"
    try await Database.with(settings, logger: .silent) { database in
      #expect(!database.isEmbedded)
      #expect(database.connection == ConnectionSettings(conninfo: "host=db", schema: "elsewhere"))
    }
  }

  @Test func migratesAnExternalDatabase() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let settings = DaemonSettings(url: conninfo)
      try await Database.with(settings, logger: .silent) { try await $0.migrate() }
      let table = try await SQL.value("SELECT to_regclass('sluice.events') IS NOT NULL", on: conninfo)
      #expect(table == "t")
    }
  }

  @Test(arguments: [false, true])
  func theEmbeddedDatabaseLivesAsLongAsTheBody(_ fails: Bool) async throws {
    try await withTemporaryDirectory { directory in
      let settings = DaemonSettings(dataDirectory: "\(directory)/data")
      let pidFile = "\(directory)/data/postgres/postmaster.pid"
      do {
        try await Database.with(settings, logger: .silent) { database in
          #expect(database.isEmbedded)
          let answer = try await SQL.value("SELECT 1", on: database.connection.conninfo)
          #expect(answer == "1")
          #expect(FileManager.default.fileExists(atPath: pidFile))
          if fails { throw Refusal() }
        }
        #expect(!fails)
      } catch is Refusal {
        #expect(fails)
      }
      #expect(!FileManager.default.fileExists(atPath: pidFile))
    }
  }
}
