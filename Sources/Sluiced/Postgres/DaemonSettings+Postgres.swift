internal import DaemonConfiguration
internal import PostgresClient
internal import Storage

/// The settings in the form that the parts over Postgres need.
extension DaemonSettings {
  /// Returns the settings of the store over `connection`.
  func storeSettings(at connection: ConnectionSettings) -> StoreSettings {
    var store = StoreSettings(connection: connection)
    store.writers = writers
    store.group = group
    store.recentKeys = recentKeys
    store.strategy = commitStrategy
    store.maintenance = maintenanceSettings
    store.detectsConflicts = database.detectsConflicts
    store.adoptsProducers = adoptsProducers
    store.isolation = database.isolation
    store.citus = database.citus
    store.schema = SchemaOptions(payloadType: database.payloadType, eventIndex: database.eventIndex)
    return store
  }

  /// The retention times of maintenance.
  var maintenanceSettings: MaintenanceSettings {
    var maintenance = MaintenanceSettings()
    maintenance.ledgerKeep = retention.ledger
    maintenance.producersKeep = retention.producers
    maintenance.eventsKeep = retention.events
    maintenance.deadEventsKeep = retention.deadEvents
    return maintenance
  }

  /// The settings of the HTTP server's database queries.
  var querySettings: QuerySettings {
    var queries = QuerySettings()
    queries.pageBytes = httpLimits.pageBytes
    queries.searchTime = httpLimits.searchBudget
    queries.searchThreads = httpLimits.searchConnections
    queries.ledgerKeep = retention.ledger
    return queries
  }
}
