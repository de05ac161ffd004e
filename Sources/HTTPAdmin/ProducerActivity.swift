public import Ingest

/// What one server knows about a producer at this moment.
public struct ProducerActivity: Hashable, Sendable {
  /// Its connections to this server.
  public var connections: Int
  /// Batches that this server accepted and has not settled.
  public var unsettled: QueueDepth

  /// Connections, and accepted batches that wait.
  public init(connections: Int = 0, unsettled: QueueDepth = QueueDepth(batches: 0, bytes: 0)) {
    self.connections = connections
    self.unsettled = unsettled
  }
}
