/// A host, by name or by address, with a port: what people write to say where to connect or listen.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// A name, a dotted quad, or an IPv6 address without brackets.
  public let host: String
  /// The port; 0 lets the system choose one when listening.
  public let port: UInt16

  /// `port` on `host`.
  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port`, `1.2.3.4:port` or `[IPv6]:port` (RFC 3986, section 3.2.2).
  /// - Throws: `SocketError` with operation `parse`.
  public init(parsing text: String) throws(SocketError) {
    guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
      throw Self.unreadable(text, "it does not end in a colon and a port from 0 to 65535")
    }
    var host = text[..<colon]
    if host.first == "[", host.last == "]" {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw Self.unreadable(text, "an IPv6 address stands in brackets, as in [::1]:7171")
    }
    guard !host.isEmpty, !host.contains(where: { "[]/ ".contains($0) }) else {
      throw Self.unreadable(text, "the host is missing or has characters that no host has")
    }
    self.init(host: String(host), port: port)
  }

  /// As `init(parsing:)` reads it.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func unreadable(_ text: String, _ reason: String) -> SocketError {
    SocketError(.parse, "\"\(text)\"", reason: reason)
  }

  /// Digits only: the integer parser alone would take "+80" too.
  private static func port(_ digits: Substring) -> UInt16? {
    digits.allSatisfy { $0.isASCII && $0.isNumber } ? UInt16(digits) : nil
  }
}
