/// The sums of `counters`: since the schema was made, over all servers.
public struct StoreTotals: Hashable, Sendable {
  /// Events of committed batches.
  public let received: Int64
  /// Events stored.
  public let unique: Int64
  /// Events whose key was stored already.
  public let duplicate: Int64
  /// Events kept aside in `dead_events`.
  public let dead: Int64
  /// Duplicates whose payload differed, where `conflicts.detect` is on; a part of `duplicate`.
  public let conflicts: Int64

  /// The sums of one snapshot.
  public init(received: Int64, unique: Int64, duplicate: Int64, dead: Int64, conflicts: Int64) {
    self.received = received
    self.unique = unique
    self.duplicate = duplicate
    self.dead = dead
    self.conflicts = conflicts
  }
}
