internal import Authentication

/// The table that `sluiced credentials list` prints.
public enum CredentialsTable {
  /// Returns a line of headings and a line for each principal. Keys that are no longer valid are marked.
  ///
  /// - Parameter now: The present in seconds since 1970.
  public static func text(_ credentials: Credentials, at now: Int64) -> String {
    var rows = [["NAME", "ROLES", "PUBLISHES", "READS", "KEYS"]]
    for principal in credentials.principals {
      rows.append([
        principal.name, Role.allCases.filter(principal.roles.contains).map(\.rawValue).joined(separator: ","),
        principal.roles.contains(.publish) ? text(principal.publishTopics) : "-",
        principal.roles.contains(.read) || principal.roles.contains(.admin)
          ? text(principal.readTopics) : "-",
        keys(of: principal, at: now),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      return cells.joined(separator: "  ").trimmingSuffix(while: { $0 == " " })
    }.joined(separator: "\n")
  }

  /// A principal as `sluiced credentials list --json` shows it.
  public struct Row: Hashable, Sendable {
    /// A key without its secret.
    public struct Key: Hashable, Sendable {
      /// The id of the key.
      public let id: String
      /// The end of the key: ISO 8601; nil when it has no end.
      public let expires: String?
      /// Whether the key may be used now.
      public let isValid: Bool
    }

    /// The name.
    public let name: String
    /// The names of the roles.
    public let roles: [String]
    /// The topics that the principal may publish; nil for all.
    public let publishTopics: [String]?
    /// The topics that the principal may read; nil for all.
    public let readTopics: [String]?
    /// The keys, in the order of the file.
    public let keys: [Key]
    /// The name of the certificate; nil without one.
    public let certificate: String?
  }

  /// Returns a row for each principal.
  ///
  /// - Parameter now: The present in seconds since 1970.
  public static func rows(_ credentials: Credentials, at now: Int64) -> [Row] {
    credentials.principals.map { principal in
      Row(
        name: principal.name, roles: Role.allCases.filter(principal.roles.contains).map(\.rawValue),
        publishTopics: topics(principal.publishTopics), readTopics: topics(principal.readTopics),
        keys: principal.keys.map { key in
          Row.Key(
            id: key.id, expires: key.expires.map(CredentialsWriter.time), isValid: key.isValid(at: now))
        }, certificate: principal.certificate)
    }
  }

  private static func topics(_ rights: TopicRights) -> [String]? {
    guard case .only(let patterns) = rights else { return nil }
    return patterns.map(\.text)
  }

  private static func text(_ rights: TopicRights) -> String {
    guard case .only(let patterns) = rights else { return "*" }
    return patterns.isEmpty ? "nothing" : patterns.map(\.text).joined(separator: ",")
  }

  private static func keys(of principal: Principal, at now: Int64) -> String {
    var texts = principal.keys.map { key in
      guard let expires = key.expires else { return key.id }
      let word = key.isValid(at: now) ? "until" : "ended"
      return "\(key.id) (\(word) \(CredentialsWriter.time(expires)))"
    }
    if let certificate = principal.certificate { texts.append("certificate \(certificate)") }
    return texts.isEmpty ? "-" : texts.joined(separator: ", ")
  }
}

extension String {
  /// Returns the text without the characters at its end that satisfy the condition.
  fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> String {
    String(reversed().drop(while: condition).reversed())
  }
}
