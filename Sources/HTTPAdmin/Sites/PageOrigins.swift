/// The origins of the pages that may use a server: its own, and those of `http.cors.origins`.
struct PageOrigins: Sendable {
  /// The origins of other sites that may use the server, as browsers write them.
  let others: Set<String>
  /// Whether the server speaks TLS itself, so that its own pages have the scheme `https`.
  let isEncrypted: Bool

  /// Whether a page of `origin` may send a request whose host is `host`. The origin is the server's own when its host
  /// and port are those of the request. A server without TLS of its own accepts both schemes, because a proxy may add
  /// TLS.
  /// - Parameters:
  ///   - origin: The value of the field `Origin` (RFC 6454, section 7).
  ///   - host: The value of the field `Host` or of `:authority`; nil without one.
  func permit(_ origin: String, host: String?) -> Bool {
    if others.contains(origin) { return true }
    let schemes = isEncrypted ? ["https://"] : ["http://", "https://"]
    guard let host, let scheme = schemes.first(where: origin.hasPrefix) else { return false }
    return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
  }
}
