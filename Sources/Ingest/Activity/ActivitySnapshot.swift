public import WireProtocol

/// What this process did since it started: numbers that only rise, apart from `connections`.
///
/// Read one by one, so that what happens meanwhile may be in one number and not yet in another.
public struct ActivitySnapshot: Hashable, Sendable {
  /// Batches that the queue accepted.
  public var acceptedBatches = 0
  /// Events in them.
  public var acceptedEvents = 0
  /// Raw bytes of them.
  public var acceptedBytes = 0
  /// Batches whose transaction committed.
  public var committedBatches = 0
  /// Events stored.
  public var uniqueEvents = 0
  /// Events whose key was stored already.
  public var duplicateEvents = 0
  /// Events that can never be stored.
  public var deadEvents = 0
  /// Batches that an earlier transaction had committed.
  public var replayedBatches = 0
  /// Bytes received on sockets, as sent.
  public var receivedBytes = 0
  /// Groups that had to be run again.
  public var groupRetries = 0
  /// Connections open now.
  public var connections = 0
  /// Connections opened.
  public var openedConnections = 0
  /// What this process's rounds of maintenance removed.
  public var maintenance = MaintenanceCounts()
  /// Refusals by error code; what never happened is absent.
  public var refusals: [ErrorCode: Int] = [:]

  /// A process that did nothing yet.
  public init() {}

  /// Events of committed batches.
  public var committedEvents: Int { uniqueEvents + duplicateEvents + deadEvents }
}
