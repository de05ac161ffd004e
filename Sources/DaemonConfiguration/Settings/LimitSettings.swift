public import WireProtocol

/// What one producer may send; advertised to it where it needs to know.
public struct LimitSettings: Sendable {
  /// The bounds of one batch.
  public var batch = BatchLimits.standard
  /// The bounds of one event; one beyond them becomes a dead event.
  public var event = EventLimits.standard
  /// Sequences from a producer's base on that it may use at a time.
  public var span = 4_096
  /// Connections of producers at a time.
  public var connections = 10_000
  /// Batches that a new connection may send before the first WINDOW frame.
  public var creditBatches = 64
  /// Raw bytes that a new connection may send before the first WINDOW frame.
  public var creditBytes = 32 << 20

  /// The defaults.
  public init() {}
}

/// How long to wait for a peer, on the monotonic clock.
public struct TimeoutSettings: Sendable {
  /// From connecting to the end of the handshake.
  public var handshake: Duration = .seconds(3)
  /// Within which a frame's body must make progress.
  public var frame: Duration = .seconds(10)
  /// Silence after which this side sends a heartbeat.
  public var heartbeat: Duration = .seconds(15)
  /// Silence after which the peer counts as dead.
  public var dead: Duration = .seconds(45)

  /// The defaults.
  public init() {}
}
