extension Producer {
  /// What a producer has done so far.
  public struct Statistics: Hashable, Sendable {
    /// Batches taken by `publish`.
    public internal(set) var batches = 0
    /// Events in them.
    public internal(set) var events = 0
    /// Bytes of their columns before compression.
    public internal(set) var rawBytes = 0
    /// Bytes handed to connections, everything included.
    public internal(set) var sentBytes = 0
    /// Batches that a server told to be in its queue, or more.
    public internal(set) var accepted = 0
    /// Batches that are committed.
    public internal(set) var committed = 0
    /// Batches that were refused for good, other than as expired.
    public internal(set) var refused = 0
    /// Batches that were dropped to make room for newer ones.
    public internal(set) var dropped = 0
    /// Batches whose time to live was over before a server accepted them.
    public internal(set) var expired = 0
    /// Batches that an earlier producer had left in the spool.
    public internal(set) var recovered = 0
    /// Batches that were sent again.
    public internal(set) var resent = 0
    /// Connections that were opened after the first.
    public internal(set) var reconnects = 0
    /// Batches in the server's queue, as it said last: rising means pressure.
    public internal(set) var serverQueuedBatches = 0
    /// Raw bytes in the server's queue, as it said last.
    public internal(set) var serverQueuedBytes = 0
  }
}
