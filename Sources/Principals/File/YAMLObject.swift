internal import TextFormats
internal import Yams

/// A mapping of a YAML file whose keys are all known.
struct YAMLObject {
  private let values: [String: Node]
  private let line: Int
  private let path: String

  /// Reads a mapping.
  ///
  /// - Parameters:
  ///   - node: The node, which must be a mapping.
  ///   - name: The name of the mapping in an error message.
  ///   - path: The path of the file.
  ///   - keys: The keys that the mapping may have.
  /// - Throws: `CredentialsError.malformed` for another node or key.
  init(_ node: Node, _ name: String, path: String, keys: [String]) throws(CredentialsError) {
    let line = node.mark?.line ?? 1
    guard case .mapping(let mapping) = node else {
      throw .malformed(path: path, line: line, reason: "\(name) must be a mapping, such as \(keys[0]): ...")
    }
    var values: [String: Node] = [:]
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key, keys.contains(scalar.string) else {
        let text = key.scalar?.string ?? "a list"
        let hint = NearestName.of(text, among: keys).map { "; did you mean \($0)?" } ?? ""
        throw .malformed(
          path: path, line: key.mark?.line ?? line,
          reason: "\(name) cannot have the key '\(text)': it has \(keys.joined(separator: ", "))\(hint)")
      }
      values[scalar.string] = value
    }
    self.values = values
    self.line = line
    self.path = path
  }

  /// Returns the value of `key`; nil when the mapping has none.
  subscript(key: String) -> Node? { values[key] }

  /// Returns the text of `key`; nil when the mapping has no such key.
  func text(_ key: String) throws(CredentialsError) -> String? {
    guard let node = values[key] else { return nil }
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      throw malformed(key, "\(key) must be a text")
    }
    return scalar.string
  }

  /// Returns the elements of the list `key`; nil when the mapping has no such key.
  func list(_ key: String) throws(CredentialsError) -> [Node]? {
    guard let node = values[key] else { return nil }
    guard case .sequence(let sequence) = node else { throw malformed(key, "\(key) must be a list") }
    return Array(sequence)
  }

  /// Returns the texts of the list `key`; nil when the mapping has no such key.
  func texts(_ key: String) throws(CredentialsError) -> [(text: String, node: Node)]? {
    guard let list = try list(key) else { return nil }
    var texts: [(text: String, node: Node)] = []
    for node in list {
      guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
        throw malformed(key, "\(key) must be a list of texts")
      }
      texts.append((scalar.string, node))
    }
    return texts
  }

  /// Returns the positive number of `key`, which may have a unit of bytes; nil when the mapping has no such key.
  func amount(_ key: String) throws(CredentialsError) -> Int? {
    guard let text = try text(key) else { return nil }
    guard let amount = UnitScale.bytes.read(text), amount > 0 else {
      throw malformed(key, "\(key) must be a number of at least 1, such as 5000; bytes may be written 10MiB")
    }
    return amount
  }

  /// Returns the error that the value of `key` is wrong.
  func malformed(_ key: String, _ reason: String) -> CredentialsError {
    .malformed(path: path, line: values[key]?.mark?.line ?? line, reason: reason)
  }
}
