import Authentication
import HTTPTypes
import HummingbirdTesting
import Logging
import Principals

@testable import HTTPAdmin

/// Principals with their secrets, for a server over memory.
final class Keyring: Sendable {
  let directory = PrincipalDirectory(Credentials(), at: 0)
  private let secrets: [String: Secret]
  private let credentials: Credentials

  /// Creates principals; each has one key.
  init(_ principals: [Principal]) throws {
    var secrets: [String: Secret] = [:]
    var credentials = Credentials()
    for var principal in principals {
      let secret = Secret.random()
      secrets[principal.name] = secret
      principal.keys = [StoredKey(secret)]
      try credentials.add(principal)
    }
    self.secrets = secrets
    self.credentials = credentials
    directory.replace(with: credentials, at: 0)
  }

  /// The parts of a server that knows these principals.
  var access: AccessServices { AccessServices(directory: directory, log: SecurityLog(.silent)) }

  /// Returns the header fields that a principal sends.
  func fields(of name: String) -> HTTPFields {
    secrets[name].map { [.authorization: "Bearer \($0.revealed)"] } ?? [:]
  }

  /// Removes a principal.
  func revoke(_ name: String) throws {
    var rest = credentials
    try rest.revoke(name, keyID: nil)
    directory.replace(with: rest, at: 0)
  }
}

extension Principal {
  /// Returns a principal that may read or publish these topics alone.
  static func limited(_ name: String, _ roles: Set<Role>, _ topics: String...) -> Principal {
    var principal = Principal(name: name, roles: roles)
    let patterns = topics.compactMap(TopicPattern.init)
    principal.publishTopics = .only(patterns)
    principal.readTopics = .only(patterns)
    return principal
  }
}
