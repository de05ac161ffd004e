internal import SocketIO

/// Where a server listens: a host with a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  let address: SocketIO.Endpoint

  /// `port` on `host`, a name or an IP address (IPv6 without brackets).
  public init(host: String, port: UInt16 = 7171) {
    address = SocketIO.Endpoint(host: host, port: port)
  }

  /// Reads `host:port`, `1.2.3.4:port` or `[IPv6]:port`; nil when `text` is anything else.
  public init?(_ text: String) {
    // Whoever asks for nil does not ask why.
    guard let address = try? SocketIO.Endpoint(parsing: text) else { return nil }
    self.address = address
  }

  /// As `init(_:)` reads it.
  public var description: String { address.description }
}
