/// The bounds of the queue between sockets and writers. Both count batches until they are settled,
/// those that a writer has taken included, because that is how long they take memory.
public struct QueueLimits: Hashable, Sendable {
  /// Raw bytes of unsettled batches.
  public var bytes: Int
  /// Unsettled batches.
  public var batches: Int

  /// The defaults of `spec/configuration.md`: 64 MiB in 4,096 batches.
  public static let standard = QueueLimits(bytes: 64 << 20, batches: 4_096)

  /// Bounds as configured, at least 1 each.
  public init(bytes: Int, batches: Int) {
    precondition(bytes >= 1 && batches >= 1, "a queue without room never accepts anything")
    self.bytes = bytes
    self.batches = batches
  }
}

/// The bounds of one group: the batches of one transaction.
public struct GroupLimits: Hashable, Sendable {
  /// Events in a group; a larger batch is a group of its own.
  public var events: Int
  /// Raw bytes in a group; likewise.
  public var bytes: Int
  /// How long a group waits for more batches once it has one.
  public var delay: Duration

  /// The defaults of `spec/configuration.md`: 20,000 events, 8 MiB, 5 ms.
  public static let standard = GroupLimits(events: 20_000, bytes: 8 << 20, delay: .milliseconds(5))

  /// Bounds as configured, or lower ones after a failure.
  public init(events: Int, bytes: Int, delay: Duration) {
    self.events = events
    self.bytes = bytes
    self.delay = delay
  }
}

/// How much the queue holds: what waits, and what is being committed.
public struct QueueDepth: Hashable, Sendable {
  /// Batches.
  public let batches: Int
  /// Raw bytes.
  public let bytes: Int

  /// A depth of `batches` with `bytes` raw bytes in all.
  public init(batches: Int, bytes: Int) {
    self.batches = batches
    self.bytes = bytes
  }
}
