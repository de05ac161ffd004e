internal import Authentication
internal import Ingest
internal import TextFormats

/// Writes credentials as the YAML text that `CredentialsReader` reads.
enum CredentialsWriter {
  /// Returns the text of `credentials`.
  static func text(_ credentials: Credentials) -> String {
    var text = """
      # Principals of sluiced. `sluiced credentials` writes this file and keeps no other comments.
      # Nobody can log in with the keys in this file: they only check the secrets that the principals have.

      """
    guard !credentials.principals.isEmpty else { return text + "principals: []\n" }
    text += "principals:\n"
    for principal in credentials.principals { text += lines(of: principal) }
    return text
  }

  private static func lines(of principal: Principal) -> String {
    var text = "  - name: \(quoted(principal.name))\n"
    text += "    roles: \(list(Role.allCases.filter(principal.roles.contains).map(\.rawValue)))\n"
    if let certificate = principal.certificate { text += "    certificate: \(quoted(certificate))\n" }
    text += topics(principal.publishTopics, "publish") + topics(principal.readTopics, "read")
    let quota = [
      ("events", principal.quota.events), ("bytes", principal.quota.bytes),
      ("connections", principal.quota.connections),
    ].compactMap { name, amount in amount.map { "\(name): \($0)" } }
    if !quota.isEmpty { text += "    quota: {\(quota.joined(separator: ", "))}\n" }
    guard !principal.keys.isEmpty else { return text }
    text += "    keys:\n"
    for key in principal.keys {
      text += "      - id: \(quoted(key.id))\n"
      text += "        stored_key: \(quoted(Base64.urlText(key.storedKey)))\n"
      text += "        server_key: \(quoted(Base64.urlText(key.serverKey)))\n"
      if let expires = key.expires { text += "        expires: \(quoted(time(expires)))\n" }
    }
    return text
  }

  private static func topics(_ rights: TopicRights, _ name: String) -> String {
    guard case .only(let patterns) = rights else { return "" }
    return "    \(name): {topics: \(list(patterns.map(\.text)))}\n"
  }

  private static func list(_ texts: [String]) -> String { "[\(texts.map(quoted).joined(separator: ", "))]" }

  /// Returns `text` in double quotes with every character outside printable ASCII escaped (YAML 1.2,
  /// section 7.3.1).
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case " "..."~": quoted.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }
    return quoted + "\""
  }

  /// Returns seconds since 1970 as text; the nearest time that has a text for a value beyond all times.
  static func time(_ seconds: Int64) -> String {
    let bound = Int64.max / 1_000_000
    let text = UTCTime(microseconds: min(max(seconds, -bound), bound) * 1_000_000).text
    return text.hasSuffix(".000000Z") ? String(text.dropLast(8)) + "Z" : text
  }
}
