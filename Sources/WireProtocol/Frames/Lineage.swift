/// Identity of the database that a server writes to. A client that meets another database reports
/// LINEAGE_LOSS, because batches that were reported as committed may be gone.
public struct Lineage: Hashable, Sendable {
  /// Postgres's database system identifier (`pg_control_system()`), or the store's own.
  public let system: UInt64
  /// Postgres's timeline, which rises with every promotion or point-in-time recovery.
  public let timeline: UInt32
  /// The identity of the schema, drawn at random by the first migration.
  public let store: ProducerID

  /// The lineage of one database.
  public init(system: UInt64, timeline: UInt32, store: ProducerID) {
    self.system = system
    self.timeline = timeline
    self.store = store
  }
}

/// Promise of "committed": the two Postgres settings that decide what a crash can lose, as the writers run
/// (https://www.postgresql.org/docs/current/runtime-config-wal.html).
public struct Durability: Hashable, Sendable {
  /// `synchronous_commit`.
  public enum SynchronousCommit: UInt8, Sendable {
    /// A crash of the database may lose committed batches.
    case off = 0
    /// Committed batches are on the primary's disk.
    case local = 1
    /// The synchronous standbys have written them, too.
    case remoteWrite = 2
    /// They are on disk, on the primary and on the synchronous standbys.
    case on = 3
    /// The synchronous standbys have applied them.
    case remoteApply = 4
  }
  /// `synchronous_commit`, as the writers run.
  public let synchronousCommit: SynchronousCommit
  /// `fsync` of the database.
  public let fsync: Bool

  /// The promise of a database with these settings.
  public init(synchronousCommit: SynchronousCommit, fsync: Bool) {
    self.synchronousCommit = synchronousCommit
    self.fsync = fsync
  }
}
