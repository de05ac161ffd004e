/// The fields `Host` and `Origin`: an origin and a host, with a line feed between them.
enum SitesFuzzer: Fuzzer {
  static let name = "sites"
  static let longestInput = 128
  static let seeds = [
    "http://localhost:8080\nlocalhost:8080", "https://[::1]:1\n[::1]:1", "null\n127.0.0.1", "http://a.b\nA.B",
    "https://other.example\n127.1.2.256", "http://\n", "x.localhost\nlocalhost.",
    "http://a\nlocalhost:x", "http://a\n[127.0.0.1]:1",
  ].map { Array($0.utf8) }

  private static let other = "https://other.example"

  static func run(_ input: UnsafeRawBufferPointer) {
    let parts = input.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    let origin = String(decoding: parts[0], as: UTF8.self)
    let host = String(decoding: parts.count == 2 ? parts[1] : parts[0], as: UTF8.self)
    checkOrigin(origin, host)
    checkHost(host)
  }

  private static func checkOrigin(_ origin: String, _ host: String) {
    for isEncrypted in [false, true] {
      let origins = PageOrigins(others: [other], isEncrypted: isEncrypted)
      let own = ["https://\(host)"] + (isEncrypted ? [] : ["http://\(host)"])
      let isPermitted = origin == other || own.contains { $0.lowercased() == origin.lowercased() }
      // A scheme is written in small letters by every browser.
      let hasScheme = origin.hasPrefix("http://") || origin.hasPrefix("https://")
      precondition(
        origins.permit(origin, host: host) == (isPermitted && (hasScheme || origin == other)),
        "\(origin) for \(host) is decided wrongly")
      precondition(origins.permit(origin, host: nil) == (origin == other), "an origin needs a host")
    }
  }

  private static func checkHost(_ host: String) {
    guard let local = HostNames(listeningOn: "127.0.0.1"),
      let named = HostNames(listeningOn: "0.0.0.0", names: ["Sluice.example"])
    else { preconditionFailure("servers that know their names") }
    if host.utf8.allSatisfy({ $0 < 0x80 }) {
      precondition(local.contains(host) == local.contains(host.uppercased()), "the case of \(host) counts")
    }
    if !host.contains(":"), !host.contains("]") {
      precondition(named.contains(host) == named.contains("\(host):8080"), "the port of \(host) counts")
    }
    // Only loopback names are names of a server that listens on 127.0.0.1.
    let text = host.lowercased()
    let begins = ["127.", "localhost", "[::1]"].contains { text.hasPrefix($0) }
    precondition(
      !local.contains(host) || begins || text.contains(".localhost"), "\(host) is not this machine")
    precondition(
      !named.contains(host) || local.contains(host) || text.hasPrefix("sluice.example"),
      "\(host) is another name")
  }
}
