public import SocketIO
public import WireProtocol

/// How the TCP side of a server behaves. The keys are those of `spec/configuration.md`.
public struct IngestServerConfiguration: Sendable {
  /// Where to listen; port 0 means any.
  public var address: SocketAddress
  /// Connections at most; one more is told so and closed.
  public var connections: Int
  /// What WELCOME advertises.
  public var limits: ConnectionLimits
  /// The first credit of a connection, and the most that is ever outstanding on it.
  public var credit: Credit
  /// How long preface, HELLO and registration may take in all.
  public var handshake: Duration
  /// In which a body must gain 64 KiB, or end.
  public var bodyProgress: Duration
  /// How long a closed connection is still read, so that its last frames are not lost to a reset.
  public var linger: Duration = .seconds(2)
  /// How often time limits are looked at.
  public var tick: Duration = .milliseconds(250)

  /// A server at `address` with these bounds.
  public init(
    address: SocketAddress, connections: Int = 10_000, limits: ConnectionLimits = .standard,
    credit: Credit = .standard, handshake: Duration = .seconds(3), bodyProgress: Duration = .seconds(10)
  ) {
    self.address = address
    self.connections = connections
    self.limits = limits
    self.credit = credit
    self.handshake = handshake
    self.bodyProgress = bodyProgress
  }
}
