internal import TextFormats

/// The host names that a server accepts.
///
/// An attacker can make the name of a web site resolve to 127.0.0.1 (DNS rebinding). Pages of that site could then read
/// the answers of a local server. The browser sends the site's name as `Host`, so the server refuses such a request.
struct HostNames: Sendable {
  private let names: Set<String>

  /// Creates the names of a server that listens on `host`: loopback names, `names`, and `host` unless it is a wildcard
  /// address.
  /// - Returns: nil when `host` is a wildcard address and there are no `names`, because such a server cannot know
  ///   by which names it is called.
  init?(listeningOn host: String, names: [String] = []) {
    let host = host.lowercased()
    guard !names.isEmpty || !Self.wildcards.contains(host) else { return nil }
    self.names = Set(names.map { $0.lowercased() } + (Self.wildcards.contains(host) ? [] : [host]))
  }

  private static let wildcards: Set = ["0.0.0.0", "::", "*"]

  /// Whether the value of a `Host` field names this server. Every port is accepted, because tunnels change
  /// it. A value that is not a host with an optional port names no server (RFC 9110, section 7.2).
  func contains(_ field: String) -> Bool {
    guard let name = Self.withoutPort(field.lowercased()) else { return false }
    return names.contains(String(name)) || Self.isLoopback(name)
  }

  private static func isLoopback(_ name: Substring) -> Bool {
    name == "localhost." || name.hasSuffix(".localhost") || LoopbackHost.contains(name)
  }

  /// Returns the host without its port: `::1` for `[::1]:8080`, `localhost` for `localhost:8080`. Nil when brackets
  /// hold no address of IPv6, or something else than a port follows the host (RFC 3986, sections 3.2.2 and 3.2.3).
  private static func withoutPort(_ field: String) -> Substring? {
    let host: Substring
    let rest: Substring
    if field.hasPrefix("[") {
      guard let end = field.firstIndex(of: "]") else { return nil }
      host = field[..<end].dropFirst()
      rest = field[end...].dropFirst()
      guard host.contains(":") else { return nil }
    } else {
      let end = field.firstIndex(of: ":") ?? field.endIndex
      host = field[..<end]
      rest = field[end...]
    }
    let isPort = rest.first == ":" && rest.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    return rest.isEmpty || isPort ? host : nil
  }
}
