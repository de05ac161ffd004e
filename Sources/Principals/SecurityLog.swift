internal import Authentication
internal import Base
public import Logging
internal import Synchronization

/// The log category `security`: refusals at a limited rate, and changes of credentials.
///
/// Nothing that a peer chose is logged here but its address and a key id, which has letters and digits alone.
public final class SecurityLog: Sendable {
  /// The kinds of refusals. Each kind has a limit of its own.
  public enum Refusal: String, CaseIterable, Sendable {
    /// A peer did not prove who it is.
    case login = "login refused"
    /// A principal lacks a role or a topic.
    case right = "right refused"
    /// A principal used up its quota.
    case quota = "quota reached"
    /// A request came from a page of another site, or named another host.
    case site = "site refused"
  }

  /// The label of the logger.
  public static let label = "sluiced.security"

  private let logger: Logger
  private let interval: Duration
  private let limiters = Mutex<[Refusal: LogLimiter]>([:])

  /// Creates a log.
  ///
  /// - Parameters:
  ///   - logger: The logger with the label `label`.
  ///   - interval: The shortest time between two lines of one kind of refusal.
  public init(_ logger: Logger = Logger(label: SecurityLog.label), every interval: Duration = .seconds(1)) {
    self.logger = logger
    self.interval = interval
  }

  /// Logs a refusal, unless a refusal of this kind was logged a moment ago. The next line then tells the number
  /// of refusals that were not logged.
  ///
  /// - Parameters:
  ///   - kind: The kind.
  ///   - reason: What was refused, in words of this program.
  ///   - principal: The name of the principal; nil when it is not known.
  ///   - keyID: The id of the key that the peer named; nil for none. An invalid id is not shown.
  ///   - address: The address of the peer.
  public func refused(
    _ kind: Refusal, _ reason: String, principal: String? = nil, keyID: String? = nil, address: String?,
    at now: ContinuousClock.Instant = .now
  ) {
    let suppressed = limiters.withLock { $0[kind, default: LogLimiter(every: interval)].pass(at: now) }
    guard let suppressed else { return }
    var metadata: Logger.Metadata = ["security.reason": "\(reason)", "security.suppressed": "\(suppressed)"]
    if let principal { metadata["security.principal"] = "\(principal)" }
    if let keyID { metadata["security.key"] = KeyID.isValid(keyID.utf8) ? "\(keyID)" : "(not a key id)" }
    if let address { metadata["security.address"] = "\(address)" }
    logger.warning("\(kind.rawValue)", metadata: metadata)
  }

  /// Logs that credentials were loaded.
  func loaded(_ credentials: Credentials, generation: UInt64, changed: [String], warning: String?) {
    logger.notice(
      "credentials loaded",
      metadata: [
        "security.principals": "\(credentials.principals.count)", "security.generation": "\(generation)",
        "security.revoked": "\(changed.joined(separator: ", "))",
      ])
    if let warning { logger.warning("\(warning)") }
  }

  /// Logs that new credentials cannot be used.
  func rejected(_ error: CredentialsError) {
    logger.error(
      "the new credentials are not used, the former ones stay in force: \(error)")
  }
}
