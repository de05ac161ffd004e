/// A bound of a quota that has a rate.
public enum QuotaBound: String, CaseIterable, Hashable, Sendable {
  /// Events in one second.
  case events
  /// Raw bytes of batches in one second.
  case bytes
}

/// The use that a principal makes of its quota on one server, at one moment.
public struct QuotaUse: Hashable, Sendable {
  /// The bounds beyond which more was sent than the burst permits. Credit is held back while there is one.
  public var exceeded: [QuotaBound]
  /// The time until credit is given again if nothing more is sent; zero while credit is given.
  public var delay: Duration
  /// The connections of the principal to this server.
  public var connections: Int

  /// A use of a quota; by default nothing is used.
  public init(exceeded: [QuotaBound] = [], delay: Duration = .zero, connections: Int = 0) {
    precondition(exceeded.isEmpty == (delay == .zero), "credit is held back for some time, or not at all")
    self.exceeded = exceeded
    self.delay = delay
    self.connections = connections
  }
}
