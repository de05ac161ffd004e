public import Ingest
public import PostgresClient
public import StoreInterface

/// Settings of the Postgres store.
public struct StoreSettings: Sendable {
  /// Database, and timeouts of its connections.
  public var connection: ConnectionSettings
  /// Choices of the operator about the schema.
  public var schema: SchemaOptions
  /// Number of threads that commit groups, each with its own connection.
  public var writers: Int
  /// Bounds of one transaction.
  public var group: GroupLimits
  /// Commit strategy: how events are written to their table.
  public var strategy: CommitStrategySetting
  /// Number of keys in the dedup cache, at most 43 bytes each; 0 for no cache.
  public var recentKeys: Int
  /// Isolation of the writers' transactions.
  public var isolation: TransactionIsolation
  /// Whether duplicates with a payload that differs from the stored one are counted, which costs time.
  public var detectsConflicts: Bool
  /// The tables that Citus is to distribute; nil when either is good.
  public var citus: CitusTables?
  /// Whether a principal becomes the owner of a producer that has none, when the principal registers it.
  public var adoptsProducers = false
  /// Rules for groups that fail.
  var retries = RetryPolicy()
  /// Age at which a writer's temporary table is emptied. Postgres cannot freeze such a table from another
  /// session, and keeps the commit log of the whole cluster while the table is old.
  var stagingAge: Duration = .seconds(600)
  /// Longest wait of a group for its turn among the groups of all servers.
  var turnTimeout = Turn.timeout
  /// Times for which maintenance keeps rows.
  public var maintenance: MaintenanceSettings
  /// Longest wait of a producer's registration for the database. After it the producer is told to come back.
  public var registrationTimeout: Duration
  /// Longest wait of `start` for a database that does not answer yet.
  public var startTimeout: Duration

  /// Creates the defaults of `spec/configuration.md` for the database that `connection` names.
  public init(connection: ConnectionSettings) {
    self.connection = connection
    self.schema = SchemaOptions()
    self.writers = 2
    self.group = .standard
    self.strategy = .auto
    self.recentKeys = 1 << 20
    self.isolation = .readCommitted
    self.detectsConflicts = false
    self.maintenance = MaintenanceSettings()
    self.registrationTimeout = .seconds(2)
    self.startTimeout = .seconds(30)
  }
}
