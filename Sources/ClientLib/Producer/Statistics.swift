extension Producer {
  /// Counters of a producer since `connect`, over all of its connections.
  public struct Statistics: Hashable, Sendable {
    /// Batches that `publish` put into the outbox.
    public internal(set) var batches = 0
    /// Events in these batches.
    public internal(set) var events = 0
    /// Bytes of their columns before compression.
    public internal(set) var rawBytes = 0
    /// Bytes sent on all connections, all frames included.
    public internal(set) var sentBytes = 0
    /// Batches that a server reported as accepted.
    public internal(set) var accepted = 0
    /// Batches that are committed.
    public internal(set) var committed = 0
    /// Batches that were refused for good, except expired ones.
    public internal(set) var refused = 0
    /// Batches that were dropped to make room for newer ones.
    public internal(set) var dropped = 0
    /// Batches whose time to live was over before a server accepted them.
    public internal(set) var expired = 0
    /// Batches of an earlier producer that were found in the spool.
    public internal(set) var recovered = 0
    /// Times that a batch was sent again.
    public internal(set) var resent = 0
    /// Connections that were opened after the first.
    public internal(set) var reconnects = 0
    /// Times that a database did not have commits that were acknowledged before (LINEAGE_LOSS).
    public internal(set) var lineageLosses = 0
    /// Batches in the server's queue according to its last answer. A rising number means that the server
    /// cannot keep up.
    public internal(set) var serverQueuedBatches = 0
    /// Bytes of columns in the server's queue according to its last answer, before compression.
    public internal(set) var serverQueuedBytes = 0

    /// Adds the counters of another channel of the same producer.
    mutating func add(_ other: Self) {
      for counter in Self.counters { self[keyPath: counter] += other[keyPath: counter] }
    }

    private static var counters: [WritableKeyPath<Self, Int>] {
      [
        \.batches, \.events, \.rawBytes, \.sentBytes, \.accepted, \.committed, \.refused, \.dropped,
        \.expired,
        \.recovered, \.resent, \.reconnects, \.lineageLosses, \.serverQueuedBatches, \.serverQueuedBytes,
      ]
    }
  }
}
