internal import Ingest

/// What a writer needs to know.
struct WriterSettings: Sendable {
  /// The database.
  let connection: ConnectionSettings
  /// The row of `counters` that it adds to.
  let shard: Int
  /// The type of `events.payload` in this database.
  let payloadType: PayloadType
  /// The isolation of its transactions.
  let isolation: IsolationLevel
  /// The bounds of its groups.
  let limits: GroupLimits
}
