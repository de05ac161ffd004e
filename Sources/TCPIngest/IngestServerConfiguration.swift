public import SocketIO
public import WireProtocol

/// The settings of the TCP side of a server. Their keys are in `spec/configuration.md`.
public struct IngestServerConfiguration: Sendable {
  /// The address to listen on; port 0 means any free port.
  public var address: SocketAddress
  /// The most connections. For one more, a connection that has delivered nothing is told so and closed.
  public var connections: Int
  /// The most connections of one IPv4 address or IPv6 /64; nil for half of `connections`, but at least 128
  /// (or `connections`, if that is less). For one more, an idle one of the address is closed.
  public var connectionsOfAddress: Int?
  /// The most handshakes of one address in a second. More wait up to half of `handshake`, or are refused.
  public var hellosOfAddress = 250
  /// The most connections that have not proved a key, on a server that asks for keys. For one more, the oldest
  /// one is closed.
  public var unauthenticated = 256
  /// The most connections of one IPv4 address or IPv6 /64 that have not proved a key. For one more, the oldest
  /// one of the address is closed.
  public var unauthenticatedOfAddress = 16
  /// The most bytes of answers that may wait for a peer to read them. With more, the peer is disconnected.
  public var unreadBound = 256 << 10
  /// Makes the transport of an accepted connection, for example an encrypted one. Called on the loop of the
  /// socket. By default the socket itself.
  public var transport: @Sendable (StreamSocket) -> any ByteTransport = { $0 }
  /// The limits that WELCOME advertises.
  public var limits: ConnectionLimits
  /// The first credit of a connection, and the most credit that is ever outstanding on it.
  public var credit: Credit
  /// The time limit for preface, HELLO and registration together. After it the connection ends with
  /// `handshakeTimeout`, or with `storeUnavailable` if the store did not answer.
  public var handshake: Duration
  /// The time within which a frame body must receive 64 KiB or its last byte. Otherwise the connection ends
  /// with `peerSilent`.
  public var bodyProgress: Duration
  /// The time for which a connection that ended is still read, so that a reset does not take its last frames.
  public var linger: Duration = .seconds(2)
  /// The interval in which time limits are checked.
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

  /// The limit of one address, with the default filled in. A hundred producers with one address are usual, so
  /// a small server has no extra limit for an address.
  var addressBound: Int { connectionsOfAddress ?? max(min(connections, 128), connections / 2) }

  /// The limit of unread answers: at least the answers to all batches that the credit permits.
  var unreadBytes: Int { max(unreadBound, (64 << 10) + 64 * Int(clamping: credit.batches)) }
}
