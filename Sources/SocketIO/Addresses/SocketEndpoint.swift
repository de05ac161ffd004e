/// A host, by name or by address, with a port, as people write it to say where to connect or listen.
public struct SocketEndpoint: Hashable, Sendable, CustomStringConvertible {
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
      throw Self.unreadable(text, "write an IPv6 address in brackets, as in [::1]:7171")
    }
    guard !host.isEmpty, !host.contains(where: { "[]/ ".contains($0) }) else {
      throw Self.unreadable(text, "the host is missing or has a character that no host may have")
    }
    self.init(host: String(host), port: port)
  }

  /// The form that `init(parsing:)` reads.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func unreadable(_ text: String, _ reason: String) -> SocketError {
    SocketError(.parse, "\"\(text)\"", reason: reason)
  }

  /// Accepts digits only, because the integer parser also accepts "+80".
  private static func port(_ digits: Substring) -> UInt16? {
    digits.allSatisfy { $0.isASCII && $0.isNumber } ? UInt16(digits) : nil
  }
}
