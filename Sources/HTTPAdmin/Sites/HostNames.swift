/// The host names that a server accepts.
///
/// A web page can let its own name resolve to 127.0.0.1 and then read the answers of a local server as if
/// they were its own (DNS rebinding). The browser sends the page's name as `Host`, so such a request is
/// refused by its `Host`.
struct HostNames: Sendable {
  private let names: Set<String>

  /// Creates the names of a server that listens on `host`: loopback names, `host`, and `names`.
  /// - Returns: nil when `host` is a wildcard address and there are no `names`, because such a server cannot know
  ///   by which names it is called.
  init?(listeningOn host: String, names: [String] = []) {
    let host = host.lowercased()
    guard !names.isEmpty || !Self.wildcards.contains(host) else { return nil }
    self.names = Set(names.map { $0.lowercased() } + [host])
  }

  private static let wildcards: Set = ["0.0.0.0", "::", "*"]

  /// Whether the value of a `Host` field names this server. Every port is accepted, because tunnels change
  /// it.
  func contains(_ field: String) -> Bool {
    let name = Self.withoutPort(field.lowercased())
    return names.contains(name) || Self.isLoopback(name)
  }

  private static func isLoopback(_ name: String) -> Bool {
    if name == "localhost" || name == "localhost." || name.hasSuffix(".localhost") || name == "::1" {
      return true
    }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Returns the host without its port: `::1` for `[::1]:8080`, `localhost` for `localhost:8080`.
  private static func withoutPort(_ field: String) -> String {
    if field.hasPrefix("["), let end = field.firstIndex(of: "]") {
      return String(field[field.index(after: field.startIndex)..<end])
    }
    return String(field.prefix { $0 != ":" })
  }
}
