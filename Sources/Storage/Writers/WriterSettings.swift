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
  /// Its number among the writers of the process.
  let index: Int
  /// The operator's choice of how events reach their table.
  let way: WritingChoice
  /// What all writers of the process know of keys that were stored.
  let memory: RecentKeys
  /// Whether duplicates that differ from what is stored are counted. Every group is staged then, and
  /// no memory asked.
  let detectsConflicts: Bool
  /// What to do about groups that fail.
  let retries: RetryPolicy
}
