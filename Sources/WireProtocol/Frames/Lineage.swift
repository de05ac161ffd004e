/// Which database a server writes to: a client that meets another one learns that what it was told
/// as committed may be gone (LINEAGE_LOSS).
public struct Lineage: Hashable, Sendable {
  /// Postgres's database system identifier (`pg_control_system()`), or the store's own.
  public let system: UInt64
  /// The timeline, which rises with every promotion or point-in-time recovery.
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

/// What COMMITTED promises: the two Postgres settings that decide what a crash can take, as the
/// writers run (https://www.postgresql.org/docs/current/runtime-config-wal.html).
public struct Durability: Hashable, Sendable {
  /// `synchronous_commit`.
  public enum SynchronousCommit: UInt8, Sendable {
    /// Committed may be lost with a crash of the database.
    case off = 0
    /// On the primary's disk.
    case local = 1
    /// Written by the synchronous standbys, too.
    case remoteWrite = 2
    /// On disk, here and on the synchronous standbys.
    case on = 3
    /// Applied by the synchronous standbys.
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
