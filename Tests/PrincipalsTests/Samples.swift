import Authentication
import Logging
import Synchronization

@testable import Principals

/// Returns a principal with one new key, and the secret of that key.
func makePrincipal(
  _ name: String, roles: Set<Role> = [.publish], expires: Int64? = nil
) -> (principal: Principal, secret: Secret) {
  let secret = Secret.random()
  var principal = Principal(name: name, roles: roles)
  principal.keys = [StoredKey(secret, expires: expires)]
  return (principal, secret)
}

/// Returns the credentials of these principals.
func credentials(_ principals: Principal...) throws -> Credentials {
  var credentials = Credentials()
  for principal in principals { try credentials.add(principal) }
  return credentials
}

/// A log in memory.
final class LogMemory: Sendable {
  private let stored = Mutex<[String]>([])

  /// The lines so far: level, message and metadata.
  var lines: [String] { stored.withLock { $0 } }

  /// A logger that writes to this memory.
  var logger: Logger { Logger(label: SecurityLog.label) { _ in Handler(memory: self) } }

  private struct Handler: LogHandler {
    let memory: LogMemory
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let values = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
      memory.stored.withLock { $0.append("\(event.level) \(event.message) \(values.joined(separator: " "))") }
    }
  }
}
