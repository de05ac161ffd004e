/// Which database, and how it is used.
public struct DatabaseSettings: Sendable {
  /// A libpq connection string or URI (Postgres manual, "Connection Strings"); nil: the daemon runs
  /// its own private Postgres. May hold a password: never log it.
  public var url: String?
  /// The schema that holds all tables.
  public var schema = "sluice"
  /// The isolation of the writers' transactions.
  public var isolation = TransactionIsolation.readCommitted
  /// The column type of payloads, fixed when the schema is made.
  public var payloadType = PayloadColumnType.json
  /// The index for reading events by topic and time, made or dropped when the daemon starts.
  public var eventsIndex = EventsIndex.spans

  /// Whether duplicates are compared with what is stored under their keys.
  public var detectsConflicts = false

  /// The defaults: a private embedded Postgres.
  public init() {}
}

/// The isolation of the writers' transactions.
public enum TransactionIsolation: String, CaseIterable, Sendable {
  /// Enough, since the unique index decides what is a duplicate.
  case readCommitted = "read-committed"
  /// For those who want it; conflicts are retried and cost throughput.
  case serializable
}

/// How events reach their table.
public enum WriterWay: String, CaseIterable, Sendable {
  /// By what the writers saw lately.
  case auto
  /// COPY into the table itself; where a key is stored already, again in a slower way.
  case straight
  /// As `straight`, after asking which keys are stored.
  case probe
  /// COPY into a temporary table, and INSERT from there.
  case staged
}

/// The column type of payloads.
public enum PayloadColumnType: String, CaseIterable, Sendable {
  /// Payloads come back byte for byte.
  case json
  /// Payloads can be indexed and searched inside Postgres; writing is slower.
  case jsonb
}

/// The index for reading events by topic and time.
public enum EventsIndex: String, CaseIterable, Sendable {
  /// A sparse index of how far each topic of a transaction reaches in time: quick answers, and writes cost
  /// a few percent.
  case spans
  /// A btree on topic and time: quick answers for each topic, at a price for each event written.
  case btree
  /// No btree: writes are quickest; reading the newest events of one topic scans.
  case none
}
