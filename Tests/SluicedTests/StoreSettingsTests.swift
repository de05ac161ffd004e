import DaemonConfiguration
import Ingest
import Storage
import StoreInterface
import Testing

@testable import PostgresClient
@testable import Sluiced

/// Each setting must reach the part over Postgres that uses it.
struct StoreSettingsTests {
  private let connection = ConnectionSettings(conninfo: "host=db", schema: "elsewhere")

  @Test func theStoreGetsItsSettings() {
    var settings = DaemonSettings()
    settings.writers = 7
    settings.group = GroupLimits(events: 11, bytes: 12, delay: .milliseconds(13))
    settings.database.isolation = .serializable
    settings.database.payloadType = .jsonb
    settings.database.eventIndex = .none
    let store = settings.storeSettings(at: connection)
    #expect(store.connection == connection)
    #expect(store.writers == 7)
    #expect(store.group == settings.group)
    #expect(store.isolation == .serializable)
    #expect(store.schema == SchemaOptions(payloadType: .jsonb, eventIndex: .none))
  }

  @Test func theStoresDefaultsAreTheDaemons() {
    let store = DaemonSettings().storeSettings(at: connection)
    let standard = StoreSettings(connection: connection)
    #expect(store.writers == standard.writers)
    #expect(store.group == standard.group)
    #expect(store.isolation == standard.isolation)
    #expect(store.schema == standard.schema)
  }

  @Test func theQueriesGetTheirSettings() {
    var settings = DaemonSettings()
    settings.httpLimits.pageBytes = 23
    settings.retention.ledger = .seconds(54)
    #expect(settings.querySettings.pageBytes == 23)
    #expect(settings.querySettings.ledgerKeep == .seconds(54))
    #expect(DaemonSettings().querySettings.pageBytes == QuerySettings().pageBytes)
  }
}
