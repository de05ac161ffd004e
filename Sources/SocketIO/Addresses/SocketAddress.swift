#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An IP address with a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address without the port, in network byte order.
  enum Host: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt64, UInt64, scope: UInt32)
  }

  let host: Host
  /// The port; 0 lets the system choose one when listening.
  public let port: UInt16

  init(_ host: Host, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads a dotted quad or an IPv6 address (RFC 4291, with an optional `%interface`), not a name.
  /// - Throws: `SocketError` with operation `parse`.
  public init(ip text: String, port: UInt16) throws(SocketError) {
    guard let host = Host(text) else {
      throw SocketError(.parse, "\"\(text)\"", reason: "it is neither an IPv4 nor an IPv6 address")
    }
    self.init(host, port: port)
  }

  /// 127.0.0.1 with `port`.
  public static func loopback(port: UInt16) -> SocketAddress {
    SocketAddress(.v4(UInt32(0x7f00_0001).bigEndian), port: port)
  }

  /// Whether only this machine can reach the address: 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    switch host {
    case .v4(let address): UInt32(bigEndian: address) >> 24 == 127
    case .v6(let high, let low, _): high == 0 && UInt64(bigEndian: low) == 1
    }
  }

  /// Whether the address means every address of the machine: 0.0.0.0 or ::.
  public var isWildcard: Bool {
    switch host {
    case .v4(let address): address == 0
    case .v6(let high, let low, _): high == 0 && low == 0
    }
  }

  /// The unit that limits for one address count: an IPv4 address, or an IPv6 /64, because one site has at
  /// least a /64 (RFC 6177).
  public var network: Network {
    switch host {
    case .v4(let address): Network(high: 0, low: UInt64(address))
    case .v6(let high, _, _): Network(high: high, low: .max)
    }
  }

  /// An IPv4 address or an IPv6 /64, as limits for one address count it.
  public struct Network: Hashable, Sendable {
    let high: UInt64
    let low: UInt64
  }

  /// `127.0.0.1:7171` or `[::1]:7171` (RFC 3986, section 3.2.2).
  public var description: String {
    switch host {
    case .v4: "\(host):\(port)"
    case .v6: "[\(host)]:\(port)"
    }
  }
}

extension SocketAddress.Host: CustomStringConvertible {
  init?(_ text: String) {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      self = .v4(four.s_addr)
      return
    }
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    var six = in6_addr()
    guard inet_pton(AF_INET6, String(parts[0]), &six) == 1 else { return nil }
    var scope: UInt32 = 0
    if parts.count == 2 {
      scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
      guard scope != 0 else { return nil }
    }
    self.init(six, scope: scope)
  }

  /// Converts an IPv4 address written as IPv6 (::ffff:1.2.3.4, as sockets for both versions report it) to
  /// IPv4.
  init(_ address: in6_addr, scope: UInt32) {
    let (high, low) = withUnsafeBytes(of: address) {
      ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
    if high == 0, UInt64(bigEndian: low) >> 32 == 0xffff {
      self = .v4(UInt32(truncatingIfNeeded: UInt64(bigEndian: low)).bigEndian)
    } else {
      self = .v6(high, low, scope: scope)
    }
  }

  var description: String {
    switch self {
    case .v4(let address):
      return Self.text(AF_INET, in_addr(s_addr: address))
    case .v6(let high, let low, let scope):
      let text = Self.text(AF_INET6, in6_addr(high: high, low: low))
      return scope == 0 ? text : "\(text)%\(scope)"
    }
  }

  private static func text<Address>(_ family: CInt, _ address: Address) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
      withUnsafePointer(to: address) { pointer in
        guard let start = inet_ntop(family, pointer, buffer.baseAddress, socklen_t(buffer.count)) else {
          preconditionFailure("an address of a known family has a text")
        }
        return String(cString: start)
      }
    }
  }
}

extension in6_addr {
  init(high: UInt64, low: UInt64) {
    self.init()
    withUnsafeMutableBytes(of: &self) {
      $0.storeBytes(of: high, as: UInt64.self)
      $0.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
    }
  }
}
