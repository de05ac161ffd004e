package import Authentication
public import Ingest

/// A right to use a part of the server.
public enum Role: String, CaseIterable, Hashable, Sendable {
  /// Publishing events over TCP and HTTP.
  case publish
  /// Reading events, topics, counters and metrics.
  case read
  /// The audit, the producers and the dead events, and changing them.
  case admin
  /// Reading metrics alone.
  case metrics
}

/// One who may use the server: a name with keys and rights.
public struct Principal: Hashable, Sendable {
  /// The name, unique among all principals. The database stores it as the owner of producers.
  public var name: String
  /// The parts of the server that the principal may use.
  public var roles: Set<Role>
  /// The topics that the principal may publish.
  public var publishTopics = TopicRights.all
  /// The topics that the principal may read.
  public var readTopics = TopicRights.all
  /// The bounds of what the principal may send.
  public var quota = PublishQuota.unlimited
  /// A subject alternative name of the principal's client certificate (RFC 5280 section 4.2.1.6); nil when it
  /// has none.
  public var certificate: String?
  /// The keys with which the principal may log in.
  package var keys: [StoredKey] = []

  /// The most keys of a principal.
  static let keyLimit = 8

  /// Creates a principal without keys, which may use all topics.
  public init(name: String, roles: Set<Role>) {
    precondition(Self.isName(name), "the name of a principal is 1 to 64 letters, digits, dots and dashes")
    self.name = name
    self.roles = roles
  }

  /// Returns whether `text` may be the name of a principal: 1 to 64 of the characters `A`-`Z`, `a`-`z`,
  /// `0`-`9`, `.`, `-` and `_`, and neither a dot nor a dash at the beginning.
  public static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.first != "." && text.first != "-"
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// The principal without its keys and its certificate: what it may do, however it logs in.
  var rights: Principal {
    var rights = self
    rights.keys = []
    rights.certificate = nil
    return rights
  }
}

extension StoredKey: Hashable {
  /// Hashes the id, which is unique among the keys of a server.
  package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
