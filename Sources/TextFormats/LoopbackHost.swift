/// Hosts that are always this machine.
package enum LoopbackHost {
  /// Whether `host` is `localhost`, `::1` or an address of 127.0.0.0/8, in letters of either case and without brackets
  /// (RFC 6761, section 6.3; RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3). Another name is not, because its
  /// address may change.
  package static func contains(_ host: some StringProtocol) -> Bool {
    let host = host.lowercased()
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
