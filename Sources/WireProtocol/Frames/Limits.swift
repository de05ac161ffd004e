/// Limits that a client must respect, as WELCOME advertises them.
public struct ConnectionLimits: Hashable, Sendable {
  /// Bounds of a batch.
  public var batch: BatchLimits
  /// Bounds of an event.
  public var event: EventLimits
  /// Number of sequences from base on that may be in use, at most 32,768. A batch beyond them is refused with
  /// `sequenceOutOfSpan`.
  public var span: UInt32
  /// Time after which a side that sent nothing sends a heartbeat; advertised in whole milliseconds.
  public var heartbeat: Duration
  /// Time after which a side that received nothing closes with `peerSilent`; advertised in whole
  /// milliseconds.
  public var idleTimeout: Duration

  /// The defaults of `spec/configuration.md`.
  public static let standard = ConnectionLimits(
    batch: .standard, event: .standard, span: 4_096, heartbeat: .seconds(15), idleTimeout: .seconds(45))

  /// Limits as configured or as advertised.
  public init(
    batch: BatchLimits, event: EventLimits, span: UInt32, heartbeat: Duration, idleTimeout: Duration
  ) {
    self.batch = batch
    self.event = event
    self.span = span
    self.heartbeat = heartbeat
    self.idleTimeout = idleTimeout
  }
}

/// Permission to send, cumulative since the connection began. A batch beyond it ends the connection with
/// `creditExceeded`.
public struct Credit: Hashable, Sendable {
  /// Batches.
  public var batches: UInt64
  /// Raw bytes of batches.
  public var bytes: UInt64

  /// The first credit of a connection, by default.
  public static let standard = Credit(batches: 64, bytes: 32 << 20)

  /// Permission for this many batches and bytes in all.
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

/// Limits of one batch. A server advertises them in WELCOME, so that a client builds no batch that would be
/// refused.
public struct BatchLimits: Hashable, Sendable {
  /// Largest body of a frame as sent, in bytes. A larger one ends the connection with `frameTooLarge`.
  public var bodyBytes: Int
  /// Most bytes of a batch's columns before compression. A larger batch is refused with `batchTooLarge`.
  public var rawBytes: Int
  /// Most events in a batch, 1,000-65,535. A larger batch is refused with `batchTooLarge`.
  public var events: Int
  /// Most topics in the dictionary of a batch, and most sources. A larger batch is refused with
  /// `batchTooLarge`.
  public var dictionary: Int

  /// The defaults of `spec/configuration.md`.
  public static let standard = BatchLimits(
    bodyBytes: 4 << 20, rawBytes: 16 << 20, events: 20_000, dictionary: 20_000)

  /// Limits as configured or as a server advertised them.
  public init(bodyBytes: Int, rawBytes: Int, events: Int, dictionary: Int) {
    self.bodyBytes = bodyBytes
    self.rawBytes = rawBytes
    self.events = events
    self.dictionary = dictionary
  }
}

/// Limits of one event. An event beyond one of them becomes a dead event; its batch goes on.
public struct EventLimits: Hashable, Sendable {
  /// Most Unicode scalars in a topic, source or event id (Postgres's `char_length`). Each has at least 1.
  public var nameScalars: Int
  /// Most bytes of a payload.
  public var payloadBytes: Int
  /// Most levels of arrays and objects in a payload.
  public var jsonDepth: Int
  /// Largest magnitude of a number's decimal exponent in a payload.
  public var jsonExponent: Int

  /// The defaults of `spec/configuration.md`.
  public static let standard = EventLimits(
    nameScalars: 255, payloadBytes: 256 << 10, jsonDepth: 128, jsonExponent: 300)

  /// Limits as configured or as a server advertised them.
  public init(nameScalars: Int, payloadBytes: Int, jsonDepth: Int, jsonExponent: Int) {
    self.nameScalars = nameScalars
    self.payloadBytes = payloadBytes
    self.jsonDepth = jsonDepth
    self.jsonExponent = jsonExponent
  }
}
