public import Ingest
public import Principals
internal import TextFormats

/// The parsed words of `sluiced credentials`: what to do with which principal.
public struct CredentialsArguments: Sendable {
  /// A change of the credentials file, or a look at it.
  public enum Action: String, CaseIterable, Sendable {
    /// Adds a principal with a key.
    case add
    /// Shows all principals.
    case list
    /// Gives a principal a new key beside its present one.
    case rotate
    /// Removes a principal, or one of its keys.
    case revoke
  }

  /// The action.
  public let action: Action
  /// The name of the principal; "" for `list`.
  public let name: String
  /// The roles of a new principal.
  public private(set) var roles: Set<Role> = []
  /// The topics that a new principal may publish.
  public private(set) var publishTopics = TopicRights.all
  /// The topics that a new principal may read.
  public private(set) var readTopics = TopicRights.all
  /// The quota of a new principal.
  public private(set) var quota = PublishQuota.unlimited
  /// A name of the new principal's client certificate.
  public private(set) var certificate: String?
  /// The id of the key to revoke; nil for the whole principal.
  public private(set) var keyID: String?
  private var expires: Expiry?

  private enum Expiry {
    case at(Int64)
    case after(seconds: Int64)
  }

  /// The options of the command. Every other option is a key of the configuration.
  static let flags = [
    "--role", "--publish-topic", "--read-topic", "--certificate", "--quota-events", "--quota-bytes",
    "--quota-connections", "--expires", "--key",
  ]

  /// Takes the action and the name from the front of `words`. Without a word the action is `list`.
  init(_ words: inout ArraySlice<String>) throws(ConfigurationError) {
    let hasWord = words.first.map { !$0.hasPrefix("-") } ?? false
    let word = hasWord ? words.removeFirst() : Action.list.rawValue
    guard let action = Action(rawValue: word) else {
      throw .contradiction("sluiced credentials needs one of add NAME, list, rotate NAME, revoke NAME")
    }
    self.action = action
    guard action != .list else {
      name = ""
      return
    }
    guard let name = words.popFirst(), Principal.isName(name) else {
      throw .contradiction(
        "sluiced credentials \(word) needs a name of 1 to 64 letters, digits, dots, dashes and underscores")
    }
    self.name = name
  }

  /// Takes one of `flags` with its value. Options for topics and roles may be repeated.
  mutating func take(_ flag: String, _ value: String) throws(ConfigurationError) {
    switch flag {
    case "--role":
      for text in value.split(separator: ",") {
        guard let role = Role(rawValue: String(text)) else {
          let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
          throw Self.malformed(flag, value, "one of \(roles)")
        }
        roles.insert(role)
      }
    case "--publish-topic": publishTopics = try Self.adding(value, to: publishTopics, flag)
    case "--read-topic": readTopics = try Self.adding(value, to: readTopics, flag)
    case "--certificate": certificate = value
    case "--quota-events": quota.events = try Self.amount(flag, value)
    case "--quota-bytes": quota.bytes = try Self.amount(flag, value)
    case "--quota-connections": quota.connections = try Self.amount(flag, value)
    case "--key": keyID = value
    case "--expires": expires = try Self.expiry(flag, value)
    default: preconditionFailure("\(flag) is no option of sluiced credentials")
    }
  }

  /// Checks what the action needs.
  func check() throws(ConfigurationError) {
    if action == .add, roles.isEmpty {
      throw .contradiction(
        "sluiced credentials add \(name) needs at least one --role of "
          + Role.allCases.map(\.rawValue).joined(separator: ", "))
    }
  }

  /// Returns the end of a new key in seconds since 1970; nil when it has none.
  /// - Parameter now: The present in seconds since 1970.
  public func expiry(at now: Int64) -> Int64? {
    switch expires {
    case nil: nil
    case .at(let time): time
    case .after(let seconds): now + seconds
    }
  }

  private static func adding(
    _ text: String, to rights: TopicRights, _ flag: String
  ) throws(ConfigurationError) -> TopicRights {
    guard let pattern = TopicPattern(text) else {
      throw malformed(flag, text, "a topic, or a prefix with one * at its end, such as 'orders.*'")
    }
    guard case .only(let patterns) = rights else { return .only([pattern]) }
    return .only(patterns + [pattern])
  }

  private static func amount(_ flag: String, _ text: String) throws(ConfigurationError) -> Int {
    guard let amount = UnitScale.bytes.read(text), amount > 0 else {
      throw malformed(flag, text, "a number of at least 1")
    }
    return amount
  }

  private static func expiry(_ flag: String, _ text: String) throws(ConfigurationError) -> Expiry {
    if let milliseconds = UnitScale.milliseconds.read(text) {
      return .after(seconds: Int64(milliseconds / 1_000))
    }
    guard let time = UTCTimeReader.read(Array(text.utf8)) else {
      throw malformed(flag, text, "a duration such as 90d, or a time such as 2027-01-31T00:00:00Z")
    }
    return .at(UTCTime.floorDivide(time.microseconds, by: 1_000_000).quotient)
  }

  private static func malformed(_ flag: String, _ value: String, _ expected: String) -> ConfigurationError {
    .malformed(key: flag, value: value, expected: expected, .option(flag))
  }
}
