public import Ingest

/// How the Postgres store works.
public struct StoreSettings: Sendable {
  /// The database, and the bounds of waiting for it.
  public var connection: ConnectionSettings
  /// What the operator chose about the schema.
  public var schema: SchemaOptions
  /// Threads that commit groups, each with its own connection.
  public var writers: Int
  /// The bounds of one transaction.
  public var group: GroupLimits
  /// How events reach their table.
  public var way: WritingChoice
  /// Keys that the writers remember as stored, at 64 to 128 bytes each; 0 for none.
  public var recentKeys: Int
  /// The isolation of the writers' transactions.
  public var isolation: IsolationLevel
  /// Whether duplicates whose payload differs from the stored one are counted, at a price.
  public var detectsConflicts: Bool
  /// What the writers do about groups that fail.
  var retries = RetryPolicy()
  /// What is kept, and for how long.
  public var maintenance: MaintenanceSettings
  /// How long a producer's registration may wait for the database before it is told to come back.
  public var registrationPatience: Duration
  /// How long `start` waits for a database that does not answer yet.
  public var startPatience: Duration

  /// The defaults of `spec/configuration.md` for the database that `connection` names.
  public init(connection: ConnectionSettings) {
    self.connection = connection
    self.schema = SchemaOptions()
    self.writers = 2
    self.group = .standard
    self.way = .auto
    self.recentKeys = 1 << 20
    self.isolation = .readCommitted
    self.detectsConflicts = false
    self.maintenance = MaintenanceSettings()
    self.registrationPatience = .seconds(2)
    self.startPatience = .seconds(30)
  }
}
