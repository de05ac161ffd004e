import Authentication
import DaemonConfiguration
import DaemonServices
import Foundation
import Principals

/// `sluiced credentials`: changes the credentials file, or shows it. A running daemon reads a changed file
/// within about a second.
struct CredentialsCommand {
  let arguments: CredentialsArguments
  let settings: DaemonSettings
  /// Whether the result is printed as JSON.
  let wantsJSON: Bool

  /// Performs the action. A new secret is the only line on standard output, so that it can be redirected to a
  /// file.
  func run() throws {
    guard let path = settings.credentials else {
      throw ConfigurationError.contradiction(
        "sluiced credentials needs the path of the file: set auth.credentials, for example with"
          + " --auth-credentials /etc/sluice/credentials.yaml")
    }
    let file = CredentialsFile(path: path)
    switch arguments.action {
    case .add: try add(to: file)
    case .list:
      let credentials = try file.read().credentials
      try Output.writeLine(wantsJSON ? json(credentials).text : CredentialsTable.text(credentials, at: now))
    case .rotate: try rotate(in: file)
    case .revoke:
      try file.update { credentials throws(CredentialsError) in
        try credentials.revoke(arguments.name, keyID: arguments.keyID)
      }
      if wantsJSON {
        let revoked: JSONReport = .object([
          "name": .string(arguments.name), "key_id": .optional(arguments.keyID), "revoked": .boolean(true),
        ])
        try Output.writeLine(revoked.text)
      }
      Output.say("revoked: a running server ends the connections of this key within 5 seconds")
    }
  }

  private var now: Int64 { Int64(Date().timeIntervalSince1970) }

  private func add(to file: CredentialsFile) throws {
    let secret = Secret.random()
    var principal = Principal(name: arguments.name, roles: arguments.roles)
    principal.publishTopics = arguments.publishTopics
    principal.readTopics = arguments.readTopics
    principal.quota = arguments.quota
    principal.certificate = arguments.certificate
    principal.keys = [StoredKey(secret, expires: arguments.expiry(at: now))]
    try file.update(mayCreate: true) { [principal] credentials throws(CredentialsError) in
      try credentials.add(principal)
    }
    try show(secret)
  }

  private func rotate(in file: CredentialsFile) throws {
    let secret = Secret.random()
    let key = StoredKey(secret, expires: arguments.expiry(at: now))
    let dropped = try file.update { [now] credentials throws(CredentialsError) in
      try credentials.rotate(arguments.name, to: key, at: now)
    }
    try show(secret)
    if !dropped.isEmpty { Output.say("dropped: \(dropped.joined(separator: ", "))") }
    Output.say(
      "the former key stays valid: change the programs to the new key, then revoke the former with --key ID")
  }

  private func json(_ credentials: Credentials) -> JSONReport {
    .array(
      CredentialsTable.rows(credentials, at: now).map { row in
        .object([
          "name": .string(row.name), "roles": .strings(row.roles),
          "publish_topics": row.publishTopics.map { .strings($0) } ?? .null,
          "read_topics": row.readTopics.map { .strings($0) } ?? .null,
          "keys": .array(
            row.keys.map { key in
              .object([
                "id": .string(key.id), "expires": .optional(key.expires), "valid": .boolean(key.isValid),
              ])
            }), "certificate": .optional(row.certificate),
        ])
      })
  }

  /// Prints the only copy of a key that was stored.
  private func show(_ secret: Secret) throws(DaemonFailure) {
    let json: JSONReport = .object([
      "name": .string(arguments.name), "key_id": .string(secret.keyID), "key": .string(secret.revealed),
    ])
    do throws(DaemonFailure) {
      try Output.write((wantsJSON ? json.text : secret.revealed) + "\n", mustBeRead: true)
    } catch {
      throw DaemonFailure(
        error.status,
        "\(error.description): the new key of \(arguments.name) is stored, and nobody has seen it; make another with"
          + " sluiced credentials rotate, and revoke this one with --key \(secret.keyID)")
    }
    Output.say("this is the key of \(arguments.name); keep it now, because it is not shown again")
  }

}
