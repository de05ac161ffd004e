internal import Authentication
internal import Ingest
internal import TextFormats
internal import Yams

/// Reads the YAML text of a credentials file. Unknown keys, wrong types and wrong values are errors with the
/// line.
struct CredentialsReader {
  /// The path for error messages.
  let path: String

  /// Returns the credentials of `text`.
  func read(_ text: String) throws(CredentialsError) -> Credentials {
    var credentials = Credentials()
    guard let root = try node(of: text) else { return credentials }
    let file = try YAMLObject(root, "the file", path: path, keys: ["principals"])
    for node in try file.list("principals") ?? [] {
      let principal = try principal(node)
      do {
        try credentials.add(principal)
      } catch {
        throw malformed(node, "\(error)")
      }
    }
    return credentials
  }

  private func node(of text: String) throws(CredentialsError) -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        throw .malformed(path: path, line: mark.line, reason: "this is not YAML: \(problem)")
      case .duplicatedKeysInMapping(let duplicates, _):
        throw .malformed(path: path, line: 1, reason: "a mapping has a key twice: \(duplicates.count) keys")
      default: throw .malformed(path: path, line: 1, reason: "this is not YAML")
      }
    } catch {
      throw .malformed(path: path, line: 1, reason: "this is not YAML")
    }
  }

  private func principal(_ node: Node) throws(CredentialsError) -> Principal {
    let object = try YAMLObject(
      node, "a principal", path: path,
      keys: ["name", "roles", "keys", "certificate", "publish", "read", "quota"])
    let name = try object.text("name")
    guard let name else { throw malformed(node, "a principal needs a name") }
    guard Principal.isName(name) else {
      throw object.malformed("name", "a name is 1 to 64 letters, digits, dots, dashes and underscores")
    }
    var principal = Principal(name: name, roles: try roles(object))
    principal.certificate = try object.text("certificate")
    principal.publishTopics = try topics(object, "publish")
    principal.readTopics = try topics(object, "read")
    principal.quota = try quota(object)
    let keys = try object.list("keys") ?? []
    guard keys.count <= Principal.keyLimit else {
      throw object.malformed("keys", "\(name) has more than \(Principal.keyLimit) keys: remove old ones")
    }
    for node in keys { principal.keys.append(try key(node)) }
    return principal
  }

  private func roles(_ object: YAMLObject) throws(CredentialsError) -> Set<Role> {
    var roles: Set<Role> = []
    for (text, node) in try object.texts("roles") ?? [] {
      guard let role = Role(rawValue: text) else {
        let known = Role.allCases.map(\.rawValue)
        throw malformed(node, "there is no such role: a role is one of \(known.joined(separator: ", "))")
      }
      roles.insert(role)
    }
    return roles
  }

  private func topics(_ object: YAMLObject, _ key: String) throws(CredentialsError) -> TopicRights {
    guard let node = object[key] else { return .all }
    let rules = try YAMLObject(node, key, path: path, keys: ["topics"])
    guard let texts = try rules.texts("topics") else { return .all }
    var patterns: [TopicPattern] = []
    for (text, node) in texts {
      guard let pattern = TopicPattern(text) else {
        throw malformed(node, "a topic is a name, or a prefix with one * at its end")
      }
      patterns.append(pattern)
    }
    return .only(patterns)
  }

  private func quota(_ object: YAMLObject) throws(CredentialsError) -> PublishQuota {
    guard let node = object["quota"] else { return .unlimited }
    let quota = try YAMLObject(node, "quota", path: path, keys: ["events", "bytes", "connections"])
    return PublishQuota(
      events: try quota.amount("events"), bytes: try quota.amount("bytes"),
      connections: try quota.amount("connections"))
  }

  private func key(_ node: Node) throws(CredentialsError) -> StoredKey {
    let object = try YAMLObject(
      node, "a key", path: path, keys: ["id", "stored_key", "server_key", "expires"])
    guard let id = try object.text("id"), KeyID.isValid(id.utf8) else {
      throw malformed(node, "a key needs an id of 1 to 32 small letters and digits")
    }
    var expires: Int64?
    if let text = try object.text("expires") {
      guard let time = UTCTimeReader.read(Array(text.utf8)) else {
        throw object.malformed("expires", "this is not a time: write 2027-01-31T00:00:00Z")
      }
      expires = UTCTime.floorDivide(time.microseconds, by: 1_000_000).quotient
    }
    return StoredKey(
      id: id, storedKey: try bytes(object, "stored_key", node),
      serverKey: try bytes(object, "server_key", node),
      expires: expires)
  }

  private func bytes(_ object: YAMLObject, _ key: String, _ node: Node) throws(CredentialsError) -> [UInt8] {
    guard let text = try object.text(key), let bytes = Base64.bytes(urlText: text),
      bytes.count == StoredKey.size
    else {
      throw malformed(node, "a key needs a \(key) of 43 characters: sluiced credentials rotate makes one")
    }
    return bytes
  }

  private func malformed(_ node: Node, _ reason: String) -> CredentialsError {
    .malformed(path: path, line: node.mark?.line ?? 1, reason: reason)
  }
}
