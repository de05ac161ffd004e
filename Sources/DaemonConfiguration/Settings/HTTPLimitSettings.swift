/// What the HTTP side takes at a time.
public struct HTTPLimitSettings: Sendable {
  /// Connections at a time; more wait until one is closed.
  public var connections = 1_000
  /// Bytes of a request's body.
  public var bodyBytes = 8 << 20
  /// Bytes of all bodies that are being received.
  public var bodyMemory = 32 << 20
  /// Payload bytes of a page of events.
  public var pageBytes = 8 << 20
  /// Bytes of all pages that were read and are not sent yet.
  public var pageMemory = 64 << 20

  /// The defaults.
  public init() {}
}
