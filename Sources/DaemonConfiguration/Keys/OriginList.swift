/// Web origins (RFC 6454), separated by commas: `https://example.org,http://localhost:3000`.
struct OriginList {
  /// Returns the origins in `text`; nil when an entry is not an origin.
  static func read(_ text: String) -> [String]? {
    let origins = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    return origins.allSatisfy(isOrigin) ? origins : nil
  }

  /// Returns the host names in `text`, in lower case; nil when an entry is not a host without a port.
  static func hosts(_ text: String) -> [String]? {
    let hosts = text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0).lowercased() }
    let areHosts = hosts.allSatisfy { host in
      let colons = host.utf8.count { $0 == UInt8(ascii: ":") }
      return isHost(host[...]) && colons != 1 && !host.hasPrefix("[")
    }
    return areHosts ? hosts : nil
  }

  /// Whether `text` is an origin as browsers send it: a scheme, a host and perhaps a port, in lower case,
  /// without a path.
  private static func isOrigin(_ text: String) -> Bool {
    guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
    let rest = text.dropFirst(scheme.count)
    return isHost(rest)
  }

  private static func isHost(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
          true
        default: false
        }
      }
  }

  private static func trimmed(_ text: Substring) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}

extension ValueFormat where Value == [String] {
  /// A list of host names or addresses without ports; empty by default.
  static let hosts = ValueFormat(
    typeName: "names", allowed: nil,
    read: { (text) throws(ValueProblem) in
      guard let hosts = OriginList.hosts(text) else {
        throw .malformed(expected: "names without ports, such as sluice.example.org,10.0.0.7")
      }
      return hosts
    },
    write: { $0.joined(separator: ",") })

  /// A list of web origins; empty by default.
  static let origins = ValueFormat(
    typeName: "origins", allowed: nil,
    read: { (text) throws(ValueProblem) in
      guard let origins = OriginList.read(text) else {
        throw .malformed(expected: "origins such as https://example.org,http://localhost:3000")
      }
      return origins
    },
    write: { $0.joined(separator: ",") })
}
