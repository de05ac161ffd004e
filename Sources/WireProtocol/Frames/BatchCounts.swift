/// What became of the events of one committed batch.
///
/// The conservation law holds in every value: `received = unique + duplicate + dead`.
public struct BatchCounts: Hashable, Sendable {
  /// Events in the batch.
  public let received: UInt32
  /// Events whose key this batch stored first.
  public let unique: UInt32
  /// Events whose key was stored already, or earlier in the same group.
  public let duplicate: UInt32
  /// Events that can never be stored; each is kept aside with its reason.
  public let dead: UInt32

  /// Counts of which `received` is the sum. Traps when the sum does not fit 32 bits, which no
  /// batch within the protocol's limits can reach.
  public init(unique: UInt32, duplicate: UInt32, dead: UInt32) {
    self.received = unique + duplicate + dead
    self.unique = unique
    self.duplicate = duplicate
    self.dead = dead
  }
}
