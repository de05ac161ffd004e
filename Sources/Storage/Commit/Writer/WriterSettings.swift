internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Settings of a writer.
struct WriterSettings: Sendable {
  /// The connection settings of the database.
  let connection: ConnectionSettings
  /// The row of `counters` that the writer adds to.
  let shard: Int
  /// Told of the row after each commit.
  let counters: StoreCounters
  /// The incarnations of the database that were found so far.
  let incarnations: Incarnations
  /// The isolation level of its transactions.
  let isolation: TransactionIsolation
  /// The bounds of its groups.
  let limits: GroupLimits
  /// The batches that the writer takes.
  let share: WriterShare
  /// The writer's number among the writers of the process.
  let index: Int
  /// The operator's choice of the commit strategy.
  let strategy: CommitStrategySetting
  /// The dedup cache that all writers of the process share.
  let memory: DedupCache
  /// The conflicts with other servers, which all writers of the process count together.
  let conflicts: ConflictCounter
  /// Whether duplicates whose payload differs from the stored payload are counted. If true, every group is
  /// staged and the dedup cache is not used.
  let detectsConflicts: Bool
  /// The age at which the temporary table is emptied in a transaction of its own.
  let stagingAge: Duration
  /// The longest wait of a group for its turn among the groups of all servers.
  let turnTimeout: Duration
  /// The rules for groups that fail.
  let retries: RetryPolicy
}
