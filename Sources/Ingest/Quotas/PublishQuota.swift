/// The bounds of what one principal may send to one server; nil is without a bound.
public struct PublishQuota: Hashable, Sendable {
  /// Events in one second; a burst of two seconds is permitted.
  public var events: Int?
  /// Raw bytes of batches in one second; a burst of two seconds is permitted.
  public var bytes: Int?
  /// Simultaneous connections.
  public var connections: Int?

  /// A quota with these bounds.
  public init(events: Int? = nil, bytes: Int? = nil, connections: Int? = nil) {
    self.events = events
    self.bytes = bytes
    self.connections = connections
  }

  /// A quota without bounds.
  public static let unlimited = PublishQuota()

  /// Whether events or bytes have a rate.
  public var isRated: Bool { events != nil || bytes != nil }
}
