internal import TextFormats

/// The rule that a server without credentials is reachable from its own machine alone.
enum ListeningRule {
  /// The rule for the reference, in Markdown.
  static let text =
    "`tcp.host` and `http.host` are loopback addresses, or `auth.credentials` is set, or `insecure.open` is `true`:"
    + " else everybody who reaches the port could publish and read."

  /// Returns which address is open to others and what to do; nil when the rule holds.
  static func problem(_ settings: DaemonSettings) -> String? {
    guard settings.credentials == nil, !settings.isInsecurelyOpen else { return nil }
    let addresses = [("tcp.host", settings.tcp.host), ("http.host", settings.http.host)]
    guard let (key, host) = addresses.first(where: { !LoopbackHost.contains($0.1) }) else { return nil }
    return
      "\(key) is \(host), which other machines can reach, and there are no credentials: set auth.credentials to a"
      + " file that sluiced credentials writes, or permit everybody with --insecure-open"
  }
}
