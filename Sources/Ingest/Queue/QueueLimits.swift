/// The bounds of the queue. Batches count until they are settled, including those that a writer has taken,
/// because they use memory until then.
public struct QueueLimits: Hashable, Sendable {
  /// Maximum raw bytes of unsettled batches; further offers are refused as `full`.
  public var bytes: Int
  /// Maximum number of unsettled batches; further offers are refused as `full`.
  public var batches: Int

  /// The defaults of `spec/configuration.md`: 64 MiB in 4,096 batches.
  public static let standard = QueueLimits(bytes: 64 << 20, batches: 4_096)

  /// Creates bounds, which must be at least 1 each.
  public init(bytes: Int, batches: Int) {
    precondition(bytes >= 1 && batches >= 1, "a queue needs room for a batch")
    self.bytes = bytes
    self.batches = batches
  }
}

/// The bounds of a group: the batches of one transaction.
public struct GroupLimits: Hashable, Sendable {
  /// Maximum number of batches in a group, because the store numbers them with 16 bits. Further batches make
  /// further groups.
  public static let batches = 65_536

  /// Maximum events in a group; a larger batch is a group of its own.
  public var events: Int
  /// Maximum raw bytes in a group; a larger batch is a group of its own.
  public var bytes: Int
  /// Time that a group waits for more batches after its first one.
  public var delay: Duration

  /// The defaults of `spec/configuration.md`: 20,000 events, 8 MiB, 5 ms.
  public static let standard = GroupLimits(events: 20_000, bytes: 8 << 20, delay: .milliseconds(5))

  /// Creates bounds, as configured or lower after a failure.
  public init(events: Int, bytes: Int, delay: Duration) {
    self.events = events
    self.bytes = bytes
    self.delay = delay
  }
}

/// The unsettled batches: those that wait and those that are being committed.
public struct QueueDepth: Hashable, Sendable {
  /// Number of batches.
  public let batches: Int
  /// Raw bytes.
  public let bytes: Int

  /// Creates a depth.
  public init(batches: Int, bytes: Int) {
    self.batches = batches
    self.bytes = bytes
  }

  static let empty = QueueDepth(batches: 0, bytes: 0)

  func adding(batches: Int, bytes: Int) -> QueueDepth {
    precondition(
      self.batches + batches >= 0 && self.bytes + bytes >= 0, "more batches removed than the queue holds")
    return QueueDepth(batches: self.batches + batches, bytes: self.bytes + bytes)
  }
}
