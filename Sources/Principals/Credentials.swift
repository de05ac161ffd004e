package import Authentication

/// All principals of a server, as a credentials file holds them. Names, key ids and certificates are unique.
public struct Credentials: Hashable, Sendable {
  /// The principals in the order of the file.
  public private(set) var principals: [Principal] = []

  /// Credentials without a principal.
  public init() {}

  /// Adds a principal.
  ///
  /// - Throws: `CredentialsError.conflict` when its name, a key id or its certificate is used already.
  package mutating func add(_ principal: Principal) throws(CredentialsError) {
    if principals.contains(where: { $0.name == principal.name }) {
      throw .conflict("there are two principals with the name \(principal.name): choose another name")
    }
    let ids = Set(principals.flatMap(\.keys).map(\.id))
    if let key = principal.keys.first(where: { ids.contains($0.id) }) ?? principal.keys.firstDuplicate {
      throw .conflict("two keys have the id \(key.id): remove one of them")
    }
    if let certificate = principal.certificate, principals.contains(where: { $0.certificate == certificate })
    {
      throw .conflict("two principals have the certificate \(certificate): remove it from one of them")
    }
    principals.append(principal)
  }

  /// Gives a principal a new key.
  ///
  /// A principal has at most two keys after it, so that programs can change to the new key while the former key
  /// is still valid. Keys that are no longer valid are dropped first, then the oldest.
  /// - Parameters:
  ///   - name: The name of the principal.
  ///   - key: The new key.
  ///   - now: The present in seconds since 1970.
  /// - Returns: The ids of the keys that were dropped.
  /// - Throws: `CredentialsError.unknownPrincipal`.
  package mutating func rotate(
    _ name: String, to key: StoredKey, at now: Int64
  ) throws(CredentialsError) -> [String] {
    let index = try index(of: name)
    let former = principals[index].keys
    let kept = former.filter { $0.isValid(at: now) }.suffix(1)
    principals[index].keys = kept + [key]
    return former.map(\.id).filter { id in !kept.contains { $0.id == id } }
  }

  /// Removes a principal, or one of its keys.
  ///
  /// - Parameters:
  ///   - name: The name of the principal.
  ///   - keyID: The id of the key; nil for the whole principal.
  /// - Throws: `CredentialsError.unknownPrincipal`, `CredentialsError.unknownKey`.
  package mutating func revoke(_ name: String, keyID: String?) throws(CredentialsError) {
    let index = try index(of: name)
    guard let keyID else {
      principals.remove(at: index)
      return
    }
    guard principals[index].keys.contains(where: { $0.id == keyID }) else {
      throw .unknownKey(keyID, of: name)
    }
    principals[index].keys.removeAll { $0.id == keyID }
  }

  private func index(of name: String) throws(CredentialsError) -> Int {
    guard let index = principals.firstIndex(where: { $0.name == name }) else { throw .unknownPrincipal(name) }
    return index
  }
}

extension [StoredKey] {
  /// The first key whose id an earlier key has; nil when all ids differ.
  fileprivate var firstDuplicate: StoredKey? {
    enumerated().first { index, key in self[..<index].contains { $0.id == key.id } }?.element
  }
}

/// The reason why credentials cannot be read or changed. The description is one line.
public enum CredentialsError: Error, Hashable, CustomStringConvertible {
  /// The file cannot be read or written.
  case file(path: String, reason: String)
  /// The text of the file is wrong at this line, from 1.
  case malformed(path: String, line: Int, reason: String)
  /// Two principals have something that must be unique.
  case conflict(String)
  /// No principal has this name.
  case unknownPrincipal(String)
  /// The principal has no such key.
  case unknownKey(String, of: String)

  /// The error as one line: place, reason, and what to do.
  public var description: String {
    switch self {
    case .file(let path, let reason): "cannot use the credentials file \(path): \(reason)"
    case .malformed(let path, let line, let reason): "\(path):\(line): \(reason)"
    case .conflict(let reason): reason
    case .unknownPrincipal(let name):
      "there is no principal with the name \(name): sluiced credentials list shows all of them"
    case .unknownKey(let id, let name):
      "\(name) has no key with the id \(id): sluiced credentials list shows its keys"
    }
  }
}
