/// Everything that a client must respect, as WELCOME advertises it.
public struct ConnectionLimits: Hashable, Sendable {
  /// Bounds of a batch.
  public var batch: BatchLimits
  /// Bounds of an event.
  public var event: EventLimits
  /// How many sequences from base on may be in use, at most 32,768.
  public var span: UInt32
  /// A side that sent nothing for so long sends a heartbeat; whole milliseconds are advertised.
  public var heartbeat: Duration
  /// A side that received nothing for so long closes.
  public var silence: Duration

  /// The defaults of `spec/configuration.md`.
  public static let standard = ConnectionLimits(
    batch: .standard, event: .standard, span: 4_096, heartbeat: .seconds(15), silence: .seconds(45))

  /// Limits as configured or as advertised.
  public init(batch: BatchLimits, event: EventLimits, span: UInt32, heartbeat: Duration, silence: Duration) {
    self.batch = batch
    self.event = event
    self.span = span
    self.heartbeat = heartbeat
    self.silence = silence
  }
}

/// Permission to send, cumulative since the connection began.
public struct Credit: Hashable, Sendable {
  /// Batches.
  public var batches: UInt64
  /// Raw bytes of batches.
  public var bytes: UInt64

  /// The first credit of a connection, by default.
  public static let standard = Credit(batches: 64, bytes: 32 << 20)

  /// Permission for so much in all.
  public init(batches: UInt64, bytes: UInt64) {
    self.batches = batches
    self.bytes = bytes
  }
}

extension Duration {
  /// Whole milliseconds, clamped to what a `u32` holds.
  var clampedMilliseconds: UInt32 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < Int64(UInt32.max / 1_000) else { return .max }
    return UInt32(seconds) * 1_000 + UInt32(attoseconds / 1_000_000_000_000_000)
  }
}
