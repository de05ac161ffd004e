internal import Ingest
public import WireProtocol

/// The limits of one producer, which are advertised to producers that must know them.
public struct LimitSettings: Sendable {
  /// The limits of one batch.
  public var batch = BatchLimits.standard
  /// The limits of one event. An event beyond them becomes a dead event.
  public var event = EventLimits.standard
  /// The number of sequences, from a producer's base on, that the producer may use at a time.
  public var span = 4_096
  /// Simultaneous connections of producers.
  public var connections = 10_000
  /// Simultaneous connections of one address; 0 for half of `connections`, but at least 128.
  public var connectionsOfAddress = 0
  /// Handshakes of one address in one second.
  public var hellosOfAddress = 250
  /// Simultaneous connections that have not proved a key, on a server that asks for keys.
  public var unauthenticated = 256
  /// The same for one address.
  public var unauthenticatedOfAddress = 16
  /// Bytes of responses that may wait for a peer to read them.
  public var unreadBytes = 256 << 10
  /// Batches that a new connection may send before the first WINDOW frame.
  public var creditBatches = 64
  /// Raw bytes that a new connection may send before the first WINDOW frame.
  public var creditBytes = 32 << 20

  /// The default limits.
  public init() {}
}

/// The timeouts of producers' connections, on the monotonic clock.
public struct TimeoutSettings: Sendable {
  /// The time from the connection's start to the end of the handshake.
  public var handshake: Duration = .seconds(3)
  /// The interval within which a frame's body must make progress.
  public var frame: Duration = .seconds(10)
  /// The time without output of this side after which this side sends a heartbeat.
  public var heartbeat: Duration = .seconds(15)
  /// The time without a byte from the peer after which its connection is closed.
  public var idle: Duration = .seconds(45)
  /// The duration of a problem after which log, health and metrics show it.
  public var stall: Duration = IngestHealth.standardThreshold

  /// The default timeouts.
  public init() {}
}
