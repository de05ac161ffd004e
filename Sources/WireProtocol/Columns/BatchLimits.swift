/// The bounds of one batch. A server advertises them in WELCOME, so that a client never builds a
/// batch that would be refused.
public struct BatchLimits: Hashable, Sendable {
  /// Bytes of a frame's body as sent.
  public var bodyBytes: Int
  /// Bytes of a batch's columns before compression.
  public var rawBytes: Int
  /// Events in a batch, 1,000-65,535.
  public var events: Int
  /// Distinct topics in a batch, and distinct sources.
  public var dictionary: Int

  /// The defaults of `spec/configuration.md`.
  public static let standard = BatchLimits(
    bodyBytes: 4 << 20, rawBytes: 16 << 20, events: 20_000, dictionary: 20_000)

  /// Bounds as configured or as a server advertised them.
  public init(bodyBytes: Int, rawBytes: Int, events: Int, dictionary: Int) {
    self.bodyBytes = bodyBytes
    self.rawBytes = rawBytes
    self.events = events
    self.dictionary = dictionary
  }
}

/// The bounds of one event. An event beyond one of them becomes a dead event; its batch goes on.
public struct EventLimits: Hashable, Sendable {
  /// Unicode scalars in a topic, source or event id (Postgres's `char_length`), each at least 1.
  public var nameScalars: Int
  /// Bytes of a payload.
  public var payloadBytes: Int
  /// Levels of arrays and objects in a payload.
  public var jsonDepth: Int
  /// The largest magnitude of a number's decimal exponent in a payload.
  public var jsonExponent: Int

  /// The defaults of `spec/configuration.md`.
  public static let standard = EventLimits(
    nameScalars: 255, payloadBytes: 256 << 10, jsonDepth: 128, jsonExponent: 300)

  /// Bounds as configured or as a server advertised them.
  public init(nameScalars: Int, payloadBytes: Int, jsonDepth: Int, jsonExponent: Int) {
    self.nameScalars = nameScalars
    self.payloadBytes = payloadBytes
    self.jsonDepth = jsonDepth
    self.jsonExponent = jsonExponent
  }
}
